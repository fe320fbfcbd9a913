import { runInNewContext } from 'node:vm'
import { bundle } from '@annex/package/bundle'
import t, { type Test } from 'tap'

/** What the script of an extension that uses this CommonJS library exports, in a world without Node. */
async function exported(t: Test, library: string, source = `export { default } from 'old'`): Promise<unknown> {
  const folder = t.testdir({
    src: { 'index.ts': source },
    node_modules: { old: { 'package.json': '{"name":"old","main":"main.js"}', 'main.js': library } },
  })
  const made = await bundle(folder, { source: 'src/index.ts', entry: 'dist/extension.js' })
  if (!made.ok) return made.problems.map(({ message }) => message)
  return runInNewContext(`${made.source}; annexExtension.default`, { btoa })
}

t.test('a library that asks for a module of Node where only Node would', async (t) => {
  const library = `exports.read = function () { return require('node:fs').readFileSync('x') }; exports.sum = (a, b) => a + b`
  const old = (await exported(t, library)) as { read(): unknown; sum(a: number, b: number): number }
  t.equal(old.sum(1, 2), 3, 'works')
  t.throws(() => old.read(), /"fs" is a module of Node, and extensions run without Node/, 'fails where it asks')
})

t.test('a library that finds the global object by its old name, and its mode', async (t) => {
  const library = `exports.found = typeof window !== 'undefined' && window.btoa('hi') + process.env.NODE_ENV`
  t.match(await exported(t, library), { found: 'aGk=production' })
})

t.test('a module of Node is a problem at once', async (t) => {
  const message = '"fs" is a module of Node, and extensions run without Node'
  t.same(await exported(t, '', `import fs from 'fs'\nexport default fs`), [message], 'in code of the author')
  t.same(await exported(t, '', `declare const require: (name: string) => unknown\nexport default require('fs')`), [
    message,
  ])
})
