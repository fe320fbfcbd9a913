import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { checkArchitecture, RULES, tellViolation } from './check-architecture.ts'
import { readSources, sourcesOf } from './sources.ts'

interface Planted {
  rule: string
  title: string
  files: Record<string, string>
}

const PLANTED: readonly Planted[] = [
  {
    rule: 'layers',
    title: 'a type of the marketplace in the runtime',
    files: { 'runtime/jobs/a.ts': "import type { B } from '../../marketplace/accounts/b.ts'" },
  },
  {
    rule: 'layers',
    title: 'a re-export of the runtime by the sdk',
    files: { 'sdk/a.ts': "export { b } from '../runtime/b.ts'" },
  },
  {
    rule: 'layers',
    title: 'a dynamic import of the runtime by an example',
    files: { 'extensions-examples/x/src/index.ts': "const b = await import('../../../runtime/b.ts')" },
  },
  { rule: 'layers', title: 'a package in the sdk', files: { 'sdk/a.ts': "import { b } from '@annex/package/b'" } },
  {
    rule: 'folder-order',
    title: 'the sandbox importing a handler',
    files: { 'runtime/sandbox/a.ts': "import { b } from '../host-api/b.ts'" },
  },
  {
    rule: 'folder-order',
    title: 'a file at the ground importing a folder',
    files: { 'runtime/clock.ts': "import type { b } from './storage/port.ts'" },
  },
  { rule: 'folder-order', title: 'a folder without a place', files: { 'runtime/stuff/a.ts': '' } },
  {
    rule: 'folder-order',
    title: 'a service importing the gateway',
    files: { 'marketplace/review/a.ts': "import { b } from '../gateway/b.ts'" },
  },
  {
    rule: 'circles',
    title: 'three files in a loop, one link a type',
    files: {
      'runtime/jobs/a.ts': "import { b } from './b.ts'",
      'runtime/jobs/b.ts': "import type { C } from './c.ts'",
      'runtime/jobs/c.ts': "export * from './a.ts'",
    },
  },
  { rule: 'known-files', title: 'a file that is not there', files: { 'sdk/a.ts': "import { b } from './b.ts'" } },
  {
    rule: 'package-homes',
    title: 'the web framework outside the gateway',
    files: { 'marketplace/catalog/a.ts': "import type { FastifyInstance } from 'fastify'" },
  },
  {
    rule: 'package-homes',
    title: 'isolated-vm in the service',
    files: { 'runtime/sandbox/a.ts': "import ivm from 'isolated-vm'" },
  },
  { rule: 'package-homes', title: 'a package nobody knows', files: { 'sdk/a.ts': "import x from 'left-pad/x.js'" } },
  {
    rule: 'package-homes',
    title: 'SQLite outside its adapter',
    files: { 'marketplace/accounts/a.ts': "import { DatabaseSync } from 'node:sqlite'" },
  },
  { rule: 'package-homes', title: 'node:vm', files: { 'runtime/sandbox/a.ts': "import vm from 'node:vm'" } },
  { rule: 'environment', title: 'process.env', files: { 'runtime/jobs/a.ts': 'const home = process.env.HOME' } },
  {
    rule: 'environment',
    title: 'env taken apart',
    files: { 'runtime/jobs/a.ts': 'const { env } = process' },
  },
  {
    rule: 'package-homes',
    title: 'env of node:process',
    files: { 'runtime/jobs/a.ts': "import { env } from 'node:process'" },
  },
  { rule: 'no-any', title: 'any', files: { 'sdk/a.ts': 'const a = b as any' } },
  { rule: 'no-any', title: 'a list of any', files: { 'sdk/a.ts': 'function a(b: any[]): void {}' } },
  { rule: 'no-enum', title: 'an enum', files: { 'sdk/a.ts': 'export const enum A {\n  B,\n}' } },
  { rule: 'no-default-export', title: 'a default export', files: { 'sdk/a.ts': 'export default function a() {}' } },
  { rule: 'no-eval', title: 'eval', files: { 'runtime/a.ts': 'eval(text)' } },
  { rule: 'names', title: 'a drawer for everything', files: { 'sdk/utils/dates.ts': '' } },
  { rule: 'names', title: 'camel case', files: { 'sdk/readThings.ts': '' } },
  { rule: 'file-size', title: 'a long file', files: { 'sdk/a.ts': 'x\n'.repeat(351) } },
]

for (const { rule, title, files } of PLANTED) {
  t.test(`${rule} finds ${title}`, async (t) => {
    t.not(RULES[rule]?.(sourcesOf(files)).length, 0)
  })
}

t.test('every rule is planted against', async (t) => {
  t.same(new Set(PLANTED.map(({ rule }) => rule)), new Set(Object.keys(RULES)))
})

t.test('words in comments, texts and patterns break no rule', async (t) => {
  const text = [
    "// import { x } from '../marketplace/x.ts', process.env, as any",
    "/* export default */ const a = 'process.env as any, export default'",
    ["const b = `import { y } from 'fastify' $", '{a + `$', "{'enum X {'}`} process.env`"].join(''),
    "const c = /'\"`[/]process.env as any/.test(a) ? 4 / 2 / 1 : 'from'",
    "const d = ['import', \"require('fastify')\"]",
  ].join('\n')
  t.same(checkArchitecture(sourcesOf({ 'runtime/jobs/a.ts': text })), [])
})

t.test('a bad import planted into a copy of the tree turns the check red', async (t) => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const copy = t.testdir()
  for (const room of ['sdk', 'runtime', 'marketplace']) {
    const filter = (path: string) => !path.includes('node_modules')
    cpSync(join(root, room), join(copy, room), { recursive: true, filter })
  }
  const before = checkArchitecture(readSources(copy)).map(tellViolation)
  const planted = join(copy, 'runtime/platform/planted.ts')
  mkdirSync(dirname(planted), { recursive: true })
  writeFileSync(planted, "import type { Services } from '../../marketplace/errors.ts'\n")
  const after = checkArchitecture(readSources(copy)).map(tellViolation)
  t.same(
    after.filter((line) => !before.includes(line)),
    ['runtime/platform/planted.ts:1 layers: runtime may not import marketplace (../../marketplace/errors.ts)'],
  )
})
