import { randomBytes } from 'node:crypto'
import { RULES } from '@annex/package/rules'
import t from 'tap'
import { changedPackage, check, type ManifestChange } from './good-package.ts'
import { REACTION_CASE } from './reaction-case.ts'
import { annex, type RuleCase } from './rule-case.ts'

const PEM = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'.repeat(3)}\n-----END PRIVATE KEY-----\n`
const random = (length: number) => 'a8Gd2kLq9ZxW4vB7nM1pR5tY3uH6jF0c'.repeat(4).slice(0, length)
const entry = (text: string) => ({ files: { 'dist/extension.js': text } })
const packageJson = (text: string | Uint8Array) => ({ files: { 'package.json': text } })

/** For every rule over files and manifest: what trips it, and the nearest thing that does not. */
const CASES: Record<string, RuleCase> = {
  'MAN-01': {
    trips: [
      packageJson('{"name": "a", "name": "b"}'),
      packageJson('{"annex": {"kind": 1, "\\u006bind": 2}}'),
      packageJson('\ufeff{}'),
      packageJson(Buffer.from([0x7b, 0xff, 0x7d])),
      packageJson('{ /* no */ }'),
      packageJson('[1, 2]'),
      packageJson('{"name": "\\ud83d"}'),
      packageJson('{"__proto__": {"kind": "connector"}}'),
      packageJson(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`),
      packageJson(`{"a": "${'x'.repeat(256 * 1024)}"}`),
      packageJson(''),
    ],
    passes: [
      packageJson('{"a": {"name": 1}, "b": {"name": 2}, "text": "{\\"name\\": \\"name\\"} [[[[ \\\\"}'),
      packageJson(`${'{"a":'.repeat(31)}1${'}'.repeat(31)}`),
    ],
  },
  'MAN-02': {
    trips: [
      annex((it) => delete it.category),
      annex((it) => Object.assign(it, { category: 'GAMES' })),
      annex((it) => Object.assign(it, { displayName: 7 })),
      annex((it) => Object.assign(it, { permissions: { required: [{ scope: 'write:chantiers' }] } })),
      annex((it) => Object.assign(it, { credentials: { type: 'API_KEY', schema: {}, inject: [] } })),
      annex((it) => Object.assign(it, { locales: { '../x': { displayName: 'x' } } })),
      annex((it) => Object.assign(it, { egress: Array(33).fill({ host: 'a.example.com', reason: 'many' }) })),
      { manifest: (it) => Object.assign(it, { annex: undefined }) },
    ],
    passes: [
      { manifest: (it) => Object.assign(it, { scripts: { test: 'node --test' }, private: true }) },
      annex((it) =>
        Object.assign(it, { locales: { fr: { displayName: 'Chantiers', reasons: { 'write:chantiers': 'Crée' } } } }),
      ),
    ],
  },
  'MAN-03': {
    trips: [
      'site-import',
      '@acme',
      '@Acme/x1',
      '@acme/site_import',
      '@acme/-x',
      '@acme/a--b',
      '@acme/x/y',
      '@annex/sites',
      '@a/b',
    ].map((name) => ({ manifest: (it) => Object.assign(it, { name }) })),
    passes: [{ manifest: (it) => Object.assign(it, { name: '@annexe-2/sites-4-you' }) }],
  },
  'MAN-04': {
    trips: ['1.2', 'v1.2.0', ' 1.2.0', '1.2.0+build', '01.2.0', 'latest', '1.2.0-01'].map((version) => ({
      manifest: (it) => Object.assign(it, { version }),
    })),
    passes: [{ manifest: (it) => Object.assign(it, { version: '1.2.0-beta.1' }) }],
  },
  'MAN-06': {
    trips: ['>=2.0.0', 'soon', '<1.0.0', '1.0.0 - '].map((platform) => annex((it) => Object.assign(it, { platform }))),
    passes: ['^1.0.0', '1.x', '>=0.9.0'].map((platform) => annex((it) => Object.assign(it, { platform }))),
  },
  'MAN-08': {
    trips: [
      annex((it) =>
        Object.assign(it, { permissions: { required: [{ scope: 'write:everything', reason: 'why not' }] } }),
      ),
      annex((it) => Object.assign(it, { permissions: { required: [{ scope: 'Read:chantiers', reason: 'why not' }] } })),
      ...[
        'localhost',
        '10.0.0.1',
        '0x7f.1',
        'a.*.example.com',
        '*',
        '*.com',
        '*.co.uk',
        '*.github.io',
        'x.example.com:8080',
        'a@b.example.com',
        'https://x.example.com',
        '[::1]',
        'x..example.com',
        'x.example.com.',
      ].map((host) =>
        annex((it) => Object.assign(it, { credentials: undefined, egress: [{ host, reason: 'somewhere' }] })),
      ),
      annex((it) => Object.assign(it, { egress: [{ host: 'other.example.com', reason: 'not where the key goes' }] })),
      annex((it) =>
        Object.assign(it, { egress: [{ host: '{{config.host}}', match: 'any', reason: 'no such field' }] }),
      ),
      annex((it) => Object.assign(it.credentials as object, { schema: { properties: { apiKey: {}, other: {} } } })),
      annex((it) => Object.assign(it, { webhook: { signature: { scheme: 'stripe', secretRef: 'nothing' } } })),
    ],
    passes: [
      annex((it) => Object.assign(it, { permissions: { required: [{ scope: 'chantiers:*', reason: 'all of it' }] } })),
      annex((it) => Object.assign(it, { egress: [{ host: '*.ERP.example', reason: 'every tenant' }] })),
      annex((it) =>
        Object.assign(it, {
          egress: [
            { host: 'api.erp.example', reason: 'the API' },
            { host: '{{config.base}}', match: '*.odoo.com', reason: 'your server' },
          ],
          config: { properties: { base: { type: 'string' } } },
        }),
      ),
    ],
  },
  'MAN-11': {
    trips: [
      { files: { 'dist/extension.js': undefined } },
      { files: { 'dist/extension.js': ' \n' } },
      { files: { 'dist/extension.js': Buffer.from([0xff, 0xfe]) } },
      { files: { 'dist/extension.js': randomBytes(1024 * 1024 + 1).toString('hex') } },
      { files: { 'annex.describe.json': undefined } },
      { files: { 'annex.describe.json': '{"kind":"transformation","handlers":[]}' } },
      { files: { 'annex.describe.json': '{"kind":"connector"}' } },
      annex((it) => Object.assign(it, { entry: '../extension.js' })),
      annex((it) => Object.assign(it, { entry: 'README.md' })),
      annex((it) => Object.assign(it, { icon: 'icon.png' })),
    ],
    passes: [
      { files: { 'icon.png': 'png', 'other.js': '' }, ...annex((it) => Object.assign(it, { icon: 'icon.png' })) },
    ],
  },
  'MAN-16': {
    trips: [
      annex((annex) => (annex.config = { type: 'objekt' })),
      annex((annex) => (annex.config = { properties: { size: { type: ['integer', 'nul'] } } })),
      annex((annex) => (annex.config = { properties: [] })),
      annex((annex) => (annex.config = { required: 'size' })),
      annex((annex) => (annex.config = { properties: { size: { minLength: -1 } } })),
      annex((annex) => (annex.config = { items: [{ pattern: '(' }] })),
      annex((annex) => (annex.config = { anyOf: [] })),
      annex((annex) => (annex.config = { not: { allOf: [{ $ref: 'https://example.com/schema' }] } })),
      annex((annex) => (annex.config = { $async: true })),
    ],
    passes: [
      annex((annex) => (annex.config = { type: ['object', 'null'], properties: { type: { type: 'string' } } })),
      annex((annex) => (annex.config = { definitions: { a: true }, items: { $ref: '#/definitions/a' } })),
      annex((annex) => (annex.config = { properties: { a: { pattern: '^[a-z]+$', enum: ['a', null, { type: 1 }] } } })),
      annex((annex) => (annex.config = { 'x-order': ['a'], additionalProperties: { anyOf: [{ const: 1 }] } })),
    ],
  },
  'MAN-13': {
    trips: [
      ...['a\u200bb', '\u202eabc', 'P\u0430yPal', '\u0391pple', '..\u3164', 'x '].map((displayName) =>
        annex((it) => Object.assign(it, { displayName })),
      ),
      annex((it) => Object.assign(it, { egress: [{ host: 'api.erp.example', reason: 'The API\n\nand no more' }] })),
      annex((it) => Object.assign(it, { locales: { fr: { reasons: { 'write:chantiers': '\u202eCrée' } } } })),
    ],
    passes: ['\u041f\u043b\u0430\u043d\u044b ERP', 'Caf\u00e9 \u0026 Co', '\u65e5\u672c', '\u0394 sync'].map(
      (displayName) => annex((it) => Object.assign(it, { displayName })),
    ),
  },
  'MAN-14': REACTION_CASE,
  'CODE-01': {
    trips: [
      entry('export default {}'),
      entry('import x from "y"'),
      entry('var annexExtension = ('),
      entry('await 1'),
      entry('let a; let a'),
      entry('let a; { var a }'),
      entry(`${'('.repeat(100_000)}1${')'.repeat(100_000)}`),
    ],
    passes: [
      entry('var annexExtension = { default: { async *read() { for await (const x of y) yield x?.z ?? 1n } } }'),
    ],
  },
  'CODE-03': {
    trips: [
      entry('require("fs")'),
      entry('(() => { const { readFile } = require("node:fs/promises") })()'),
      entry('import("node:net")'),
      entry('import(name)'),
      entry('require("left-" + "pad")'),
    ],
    passes: [
      entry(
        'var __require = (x) => x; __require("fs"); root.require("util"); var text = "require(fs)" // import("fs")',
      ),
    ],
  },
  'CODE-06': {
    trips: [
      entry('var isAdmin = true /*\u202e } \u2066if (isAdmin)\u2069 \u2066 begin */'),
      entry('var a\u200bb = 1'),
      entry('var \u3164 = 1'),
      { files: { 'src/index.ts': '// x\n\n\ufeffexport default {}' } },
      entry('var x = "a\ufe0f"'),
      entry('var x = "1\u200d2"'),
    ],
    passes: [
      entry('var x = "\u2714\ufe0f \ud83d\udc69\u200d\ud83d\ude80 1\ufe0f\u20e3 \u00e9\u00fc \\u202e"'),
      { files: { 'README.md': `a\u200bb ${'text that is long enough for a page '.repeat(5)}` } },
    ],
  },
  'DOC-01': {
    trips: [
      { files: { 'README.md': undefined } },
      { files: { 'README.md': `# Short\n${' '.repeat(500)}` } },
      { files: { 'docs/README.md': 'x', 'README.md': undefined } },
    ],
    passes: [{ files: { 'README.md': 'x'.repeat(100) } }],
  },
  'DOC-03': {
    trips: [
      { manifest: (it) => delete it.license },
      { manifest: (it) => Object.assign(it, { license: 'UNLICENSED' }) },
      { manifest: (it) => Object.assign(it, { license: 'MIT OR' }) },
      { manifest: (it) => Object.assign(it, { license: 'see the file' }) },
      { manifest: (it) => Object.assign(it, { license: 'GPL-3.0-only' }) },
      { files: { LICENSE: undefined } },
      { files: { LICENSE: '\n' } },
    ],
    passes: [
      { manifest: (it) => Object.assign(it, { license: '(MIT OR Apache-2.0)' }) },
      { manifest: (it) => Object.assign(it, { license: 'LicenseRef-Acme' }) },
      { files: { LICENSE: undefined, 'LICENCE.txt': 'Own words of our own' } },
    ],
  },
  'SEC-01': {
    trips: [
      { files: { 'src/key.txt': PEM } },
      { files: { 'src/key.ts': `const key = '${PEM.replaceAll('\n', '\\n')}'` } },
      { files: { 'src/a.ts': 'const id = "AKIAZ3MSQ7LW8XN4TB2D"' } },
      { files: { 'src/a.ts': `const token = "ghp_${random(36)}"` } },
      { files: { 'notes.md': `npm_${random(36)}` } },
      { files: { 'fixtures/a/exchange.har': `{"text":"sk_live_${random(24)}"}` } },
      { files: { 'src/a.ts': `const key = 'rk_live_${random(24)}'` } },
      { files: { '.env': 'A=1' } },
      { files: { 'config/.env.production': 'A=1' } },
      { files: { '.npmrc': `//npm.example/:_authToken=${random(30)}\n` } },
      { files: { 'src/a.ts': 'fetch("https://admin:Tr0ub4dor@erp.example/api")' } },
    ],
    passes: [
      { files: { 'src/a.ts': 'const id = "AKIAIOSFODNN7EXAMPLE"' } },
      { files: { 'src/a.ts': 'if (text.startsWith("-----BEGIN PRIVATE KEY-----")) throw new Error()' } },
      { files: { '.env.example': 'API_KEY=', '.npmrc': `//npm.example/:_authToken=$\{NPM_TOKEN}\n` } },
      {
        files: {
          'src/a.ts':
            'const url = "https://user:password@erp.example/"; const other = `https://$\x7buser}:$\x7bpass}@x.example`',
        },
      },
      { files: { 'notes.md': `npm_${'x'.repeat(36)} ghp_short sk_live_ AKIA` } },
      { files: { 'src/a.ts': `const shownToAll = 'pk_live_${random(24)}'` } },
    ],
  },
}

for (const [rule, { trips, passes }] of Object.entries(CASES)) {
  t.test(rule, async (t) => {
    t.match(await outcomes(rule, [{}]), ['pass'], 'passes the good package')
    t.strictSame(await outcomes(rule, trips), Array(trips.length).fill('fail'), 'finds what it is for')
    t.strictSame(await outcomes(rule, passes), Array(passes.length).fill('pass'), 'passes what only looks like it')
  })
}

async function outcomes(rule: string, changes: RuleCase['trips']): Promise<(string | undefined)[]> {
  const reports = await Promise.all(changes.map((change) => check(changedPackage(change))))
  return reports.map((report) => report.executions.find((execution) => execution.rule === rule)?.outcome)
}

t.test('every rule is told, has its own id, and is tried', async (t) => {
  const ids = RULES.map((rule) => rule.id)
  t.strictSame(ids, [...new Set(ids)])
  const tried = [...Object.keys(CASES), ...ids.filter((id) => id.startsWith('PKG-'))]
  t.strictSame([...ids].sort(), [...tried].sort())
  for (const rule of RULES) {
    t.match(rule.id, /^(PKG|MAN|CODE|SEC|DOC)-\d\d$/)
    for (const text of [rule.title, rule.why, rule.fix]) t.ok(text.length > 10, `${rule.id} says what, why and how`)
  }
})

t.test('findings', async (t) => {
  t.test('point at the line and the field', async (t) => {
    const report = await check(changedPackage(annex((it) => Object.assign(it, { category: 'GAMES' }))))
    const finding = report.findings.find(({ rule }) => rule === 'MAN-02')
    t.match(finding, {
      file: 'package.json',
      pointer: '/annex/category',
      message: /expected one of PRODUCTIVITY, /,
      docs: 'man-02',
    })
    const text = changedText((it) => Object.assign(it.annex, { category: 'GAMES' }))
    t.match(text.split('\n')[(finding?.line ?? 0) - 1], /GAMES/)
  })

  t.test('an unknown field is a warning', async (t) => {
    const report = await check(changedPackage(annex((it) => Object.assign(it, { permisions: {} }))))
    t.ok(report.ok)
    t.match(report.findings, [{ rule: 'MAN-02', severity: 'warning', pointer: '/annex/permisions' }])
  })

  t.test('a secret is not repeated', async (t) => {
    const secret = `ghp_${random(36)}`
    const report = await check(changedPackage({ files: { 'src/a.ts': `\n\nconst token = "${secret}"` } }))
    t.match(report.findings, [{ rule: 'SEC-01', file: 'src/a.ts', line: 3 }])
    t.notMatch(JSON.stringify(report), secret.slice(0, 12))
  })

  t.test('a host of any name forces a review', async (t) => {
    const report = await check(
      changedPackage(
        annex((it) =>
          Object.assign(it, {
            credentials: undefined,
            egress: [{ host: '{{config.base}}', match: 'any', reason: 'your server' }],
            config: { properties: { base: {} } },
          }),
        ),
      ),
    )
    t.match(report, { ok: true, findings: [{ rule: 'MAN-08', severity: 'review' }] })
  })

  t.test('are bounded in number', async (t) => {
    const files = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`src/${n}.zip`, 'x']))
    const report = await check(changedPackage({ files }))
    t.equal(report.findings.filter(({ rule }) => rule === 'PKG-12').length, 51)
  })
})

function changedText(change: (manifest: Parameters<ManifestChange>[0]) => void): string {
  let text = ''
  changedPackage({
    manifest: (manifest) => {
      change(manifest)
      text = JSON.stringify(manifest, undefined, 2)
    },
  })
  return text
}
