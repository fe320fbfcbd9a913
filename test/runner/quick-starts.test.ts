import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import t from 'tap'
import { quickStarts } from './quick-starts.ts'
import { runFile } from './run-file.ts'

const root = new URL('../..', import.meta.url)
const BUNDLER = 'runtime/sandbox/child-programs.ts'

/** A test file that prints what the module at `path` gives, `named` or not made at all. */
const asks = (path: string) => `
import { childPrograms } from ${JSON.stringify(path)}
console.log('# ' + childPrograms.toString().includes('readFile') + '\\nok 1')`

t.test('the programs are those that are bundled from the sources, and go at the end', async (t) => {
  const { env, end } = await quickStarts(root)
  const folder = new URL(decodeURIComponent(env.NODE_OPTIONS.split('made=').at(-1) ?? ''))
  // Under another address, as this file may run with made programs itself.
  const { childPrograms }: typeof import('../../runtime/sandbox/child-programs.ts') = await import(
    new URL(`${BUNDLER}?bundles`, root).href
  )
  t.match(childPrograms.toString(), 'bundlePrelude')
  for (const [name, bytes] of await childPrograms()) t.ok(readFileSync(new URL(name, folder)).equals(bytes), name)
  t.match(readFileSync(new URL('launcher.js', folder), 'utf8'), /launcher\/main\.ts/)
  end()
  t.throws(() => readFileSync(new URL('guest.cjs', folder)), { code: 'ENOENT' })
})

t.test('tap is one module, and the same tap', async (t) => {
  const { env, end } = await quickStarts(root)
  t.teardown(end)
  const found =
    "import t from 'tap'; t.test('bad', async (t) => t.equal(1, 2, 'one is two')); t.comment(import.meta.resolve('tap'))"
  const folder = t.testdir({ 'fails.ts': found })
  const file = join(folder, 'fails.ts').slice(fileURLToPath(root).length)
  const result = await runFile(root, file, { ...process.env, ...env }, 20_000)
  t.match(result, { failed: 1, assertions: ['one is two'], comments: [/@tapjs\/tap\.mjs$/] })
  t.match(result.output, `fileName: ${file}`, 'a failure shows its place')
})

t.test('this tree gets them, a copy of it bundles its own', async (t) => {
  const { env, end } = await quickStarts(root)
  t.teardown(end)
  const copied = "export async function childPrograms() { throw new Error('planted') }"
  const folder = t.testdir({
    'here.ts': asks(fileURLToPath(new URL(BUNDLER, root))),
    'there.ts': asks(`./${BUNDLER}`),
    runtime: { sandbox: { 'child-programs.ts': copied } },
  })
  const run = (file: string) => runFile(pathToFileURL(`${folder}/`), file, { ...process.env, ...env }, 20_000)
  t.match(await run('here.ts'), { problems: [], comments: ['true'] })
  t.match(await run('there.ts'), { problems: [], comments: ['false'] })
})
