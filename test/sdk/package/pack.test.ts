import { cp, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { bundle } from '@annex/package/bundle'
import { extractCode } from '@annex/package/extract-code'
import { type PackOptions, packExtension } from '@annex/package/pack'
import { readPackage } from '@annex/package/read-package'
import type { JsonObject } from '@annex/sdk/json'
import t from 'tap'
import { check, goodFiles, goodManifest } from './good-package.ts'

const SOURCE = `import { defineConnector, AnnexError } from '@annex/sdk'
import { padStart } from 'left'
import { nameOf } from './name.ts'

export default defineConnector({
  async check(): Promise<never> { throw new AnnexError('TIMEOUT', nameOf(1)) },
  streams: {},
  title: padStart('x', 3),
})
`

/** An extension's folder with a CommonJS library, and things that do not belong into a package. */
function project() {
  const { 'README.md': readme = '', LICENSE: license = '' } = goodFiles()
  return {
    'package.json': JSON.stringify(goodManifest(), undefined, 2),
    'README.md': String(readme),
    LICENSE: String(license),
    'CHANGELOG.md': '# 1.2.0\n',
    'annex-env.d.ts': 'export {}',
    'old.tgz': 'x',
    '.env': 'SECRET=1',
    src: {
      'index.ts': SOURCE,
      'name.ts': `export const nameOf = (n: number): string => \`site \${n}\`\n`,
      '.hidden': 'x',
    },
    fixtures: { one: { 'case.json': '{}', 'exchange.har': '{}' } },
    node_modules: {
      left: { 'package.json': '{"name":"left","version":"1.3.0","main":"index.js"}', 'index.js': LIBRARY },
    },
  }
}

const LIBRARY = "exports.padStart = (text, length) => text.padStart(length, '-')\n"

const described: JsonObject = { kind: 'connector', handlers: ['check'], streams: {}, actions: {} }
const options: PackOptions = { describe: async () => described }

async function packed(folder: string) {
  const result = await packExtension(folder, options)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result
}

t.test('packs a folder into a package that passes every rule', async (t) => {
  const result = await packed(t.testdir(project()))
  t.match(await check(result.bytes), { ok: true, findings: [], package: { digest: result.digest } })
  t.strictSame(
    result.files.map(({ path }) => path),
    [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'annex.describe.json',
      'dist/extension.js',
      'dist/extension.js.map',
      'fixtures/one/case.json',
      'fixtures/one/exchange.har',
      'package.json',
      'src/index.ts',
      'src/name.ts',
    ],
  )
})

t.test('the entry is a classic script that sets the definition', async (t) => {
  const code = extractCode((await packed(t.testdir(project()))).bytes)
  t.strictSame(code.describe, { ...described, libraries: [{ name: 'left', version: '1.3.0' }] }, 'with its libraries')
  const found = runInNewContext(`${code.source}; annexExtension.default`) as { kind: string; title: string }
  t.match(found, { kind: 'connector', title: '--x' })
  const map = JSON.parse(code.sourceMap ?? '{}') as { sources: string[] }
  t.strictSame(
    map.sources.sort(),
    [
      '../src/index.ts',
      '../src/name.ts',
      'annex-sdk:connector.ts',
      'annex-sdk:errors.ts',
      'node_modules/left/index.js',
    ].sort(),
  )
})

t.test('the same files give the same bytes, twice and elsewhere', async (t) => {
  const folder = t.testdir({ one: project(), deep: { er: {} }, node_modules: {} })
  const first = await packed(join(folder, 'one'))
  t.equal((await packed(join(folder, 'one'))).digest, first.digest)
  const elsewhere = join(folder, 'deep', 'er', 'two')
  await cp(join(folder, 'one'), elsewhere, { recursive: true })
  t.equal((await packed(elsewhere)).digest, first.digest)
  // A library that is installed further up is the same library.
  await cp(join(elsewhere, 'node_modules'), join(folder, 'deep', 'node_modules'), { recursive: true })
  await cp(elsewhere, join(folder, 'deep', 'er', 'three'), {
    recursive: true,
    filter: (path) => !path.includes('two/node_modules'),
  })
  t.equal((await packed(join(folder, 'deep', 'er', 'three'))).digest, first.digest)
  t.notMatch(Buffer.from(extractCode(first.bytes).source).toString(), folder)
})

t.test('another content gives other bytes', async (t) => {
  const first = await packed(t.testdir(project()))
  const other = await packed(t.testdir({ ...project(), 'CHANGELOG.md': '# 1.2.1\n' }))
  t.not(first.digest, other.digest)
})

t.test('refuses links', async (t) => {
  const folder = t.testdir({ ...project(), outside: { 'secret.txt': 'x' } })
  await symlink('../outside/secret.txt', join(folder, 'fixtures', 'link.txt'))
  await symlink('../outside', join(folder, 'src', 'linked'))
  const result = await packExtension(folder, options)
  if (result.ok) throw new Error('packed')
  t.strictSame(result.problems.map(({ file, message }) => `${file}: ${message}`).sort(), [
    'fixtures/link.txt: it is a symbolic link',
    'src/linked: it is a symbolic link',
  ])
})

t.test('says what keeps a folder from being packed', async (t) => {
  const problemOf = async (changes: Record<string, string | Record<string, string>>, other: PackOptions = options) => {
    const result = await packExtension(t.testdir({ ...project(), ...changes }), other)
    if (result.ok) throw new Error('packed')
    return result.problems[0]
  }
  const manifest = (change: object) => ({
    'package.json': JSON.stringify({ ...goodManifest(), annex: { ...goodManifest().annex, ...change } }),
  })
  t.match(await problemOf({ 'package.json': '{"name": "a", "name": "b"}' }), {
    file: 'package.json',
    line: 1,
    fix: /plain JSON/,
  })
  t.match(await problemOf({ 'package.json': '{}' }), { file: 'package.json', message: /\/annex|\/name/ })
  t.match(await problemOf(manifest({ icon: 'icon.png' })), { message: 'there is no file icon.png' })
  t.match(await problemOf(manifest({ kind: 'game' })), { message: /\/annex\/kind/ })
  t.match(await problemOf({ src: { 'index.ts': '\nimport "node:fs"\nimport "crypto"\n' } }), {
    file: 'src/index.ts',
    line: 2,
    message: '"node:fs" is a module of Node, and extensions run without Node',
    fix: /web APIs/,
  })
  t.match(await problemOf({ src: { 'index.ts': 'import "not-there"\n' } }), { line: 1, fix: /npm install not-there/ })
  t.match(await problemOf({ src: { 'index.ts': 'import "./not-there.ts"\n' } }), { message: /no file \.\/not-there/ })
  t.match(await problemOf({ src: { 'index.ts': 'const = 1\n' } }), { file: 'src/index.ts', line: 1, column: 7 })
  t.match(
    await problemOf({
      src: { 'index.ts': SOURCE, 'name.ts': 'export const nameOf = String', [`${'x'.repeat(120)}.ts`]: '' },
    }),
    { message: 'its path is too long' },
  )
  t.match(await problemOf({}, { describe: async () => ({ kind: 'connector' }) }), { message: /cannot be described/ })
  const empty = await packExtension(t.testdir({}), options)
  t.match(empty, { ok: false, problems: [{ message: 'there is no package.json', fix: /annex init/ }] })
})

t.test('packs what the manifest does not know, for the check to warn of', async (t) => {
  const manifest = { ...goodManifest(), scripts: { test: 'x' }, annex: { ...goodManifest().annex, colour: 'red' } }
  const result = await packed(t.testdir({ ...project(), 'package.json': JSON.stringify(manifest) }))
  t.match(await check(result.bytes), { ok: true, findings: [{ rule: 'MAN-02', severity: 'warning' }] })
})

t.test('bundles without packing', async (t) => {
  const folder = t.testdir(project())
  await mkdir(join(folder, 'dist'))
  const result = await bundle(folder, { source: 'src/index.ts', entry: 'dist/extension.js' })
  t.match(result, { ok: true, source: /^var annexExtension = / })
  const read = readPackage((await packed(folder)).bytes)
  if (!result.ok || !read.ok) throw new Error('refused')
  t.equal(Buffer.from(read.package.files.get('dist/extension.js') ?? '').toString(), result.source)
})
