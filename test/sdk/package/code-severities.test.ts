import t, { type Test } from 'tap'
import { changedPackage, check, goodManifest } from './good-package.ts'
import { entry, type RuleTry } from './rule-case.ts'

async function severities(change: RuleTry, rule: string): Promise<string[]> {
  const { findings } = await check(changedPackage(change))
  return findings.filter((finding) => finding.rule === rule).map(({ severity }) => severity)
}

/** The good package with an entry that comes, as its map says, from this source, line by line. */
function from(source: string, text: string): RuleTry {
  const mappings = text.split('\n').map((_, n) => (n === 0 ? 'AAAA' : 'AACA'))
  const map = { version: 3, sources: [source], sourcesContent: [text], names: [], mappings: mappings.join(';') }
  return entry(text, { 'dist/extension.js.map': JSON.stringify(map) })
}

async function inLibrary(t: Test, rule: string, text: string, [own, library]: [string, string]): Promise<void> {
  t.same(await severities(from('../src/index.ts', text), rule), [own], `${rule} in code of the author`)
  t.same(await severities(from('../node_modules/x/index.js', text), rule), [library], `${rule} in a library`)
}

t.test('what the sandbox holds back anyway is quieter in a library', async (t) => {
  await inLibrary(t, 'CODE-02', 'new Function(text)', ['review', 'warning'])
  await inLibrary(t, 'CODE-03', 'import(name)', ['review', 'warning'])
  await inLibrary(t, 'CODE-04', 'process.binding("x")', ['review', 'warning'])
  await inLibrary(t, 'CODE-09', 'f("https://other.example/")', ['warning', 'note'])
})

t.test('what is no accident is as loud in a library', async (t) => {
  await inLibrary(t, 'CODE-03', 'require("fs")', ['error', 'error'])
  await inLibrary(t, 'CODE-04', 'Object.prototype.x = 1', ['review', 'review'])
  await inLibrary(t, 'CODE-09', 'f("https://webhook.site/x")', ['review', 'review'])
})

t.test('code of strings', async (t) => {
  t.same(
    await severities(entry('Function("return this")()'), 'CODE-02'),
    ['note'],
    'that only asks for the global object',
  )
  t.same(await severities(entry('new Function("")'), 'CODE-02'), ['note'], 'that only tries whether it can')
  t.same(await severities(entry('Function("return 7")()'), 'CODE-02'), ['warning'], 'that is written down')
})

t.test('a module of Node is refused, another one looked at', async (t) => {
  t.same(await severities(entry('require("node:fs")'), 'CODE-03'), ['error'])
  t.same(await severities(entry('require("left-pad")'), 'CODE-03'), ['review'])
})

t.test('a script beside the entry that does not parse is a warning', async (t) => {
  t.same(await severities({ files: { 'src/broken.js': 'x (' } }, 'CODE-01'), ['warning'])
})

t.test('a lifecycle script is a warning, and an error when it runs a file of the package', async (t) => {
  const scripts = (scripts: object): RuleTry => ({ manifest: (it) => void Object.assign(it, { scripts }) })
  t.same(await severities(scripts({ prepare: 'husky' }), 'CODE-10'), ['warning'])
  t.same(await severities(scripts({ postinstall: 'node ./src/index.ts' }), 'CODE-10'), ['error'])
})

t.test('a call without its scope is an error, a scope without a call a warning', async (t) => {
  const text = 'var f = (ctx) => ctx.platform.invoices.list({ url: "https://api.erp.example" })'
  const describe = JSON.stringify({ kind: 'connector', handlers: ['check'] })
  t.same(await severities(entry(text, { 'annex.describe.json': describe }), 'MAN-10'), ['error', 'warning'])
})

t.test('a waiver makes a refusal a review', async (t) => {
  const waivers = [{ rule: 'CODE-08', reason: 'The rules of a customer are compiled by our own interpreter' }]
  const manifest: RuleTry['manifest'] = (it) => void Object.assign(it.annex, { waivers })
  const change = { ...entry('fetch("https://api.erp.example/").then((r) => r.text()).then(eval)'), manifest }
  t.same(await severities(change, 'CODE-08'), ['review'])
  t.equal(goodManifest().annex.waivers, undefined, 'which the good package has none of')
})

t.test('a value that looks like a key is told without telling it', async (t) => {
  const report = await check(changedPackage({ files: { 'src/a.ts': "\nconst apiKey = 'q7Tz2LmX9vKd4RwB8nYc1HsP'" } }))
  t.match(report.findings, [{ rule: 'SEC-02', severity: 'warning', file: 'src/a.ts', line: 2 }])
  t.notMatch(JSON.stringify(report), 'q7Tz2L')
})
