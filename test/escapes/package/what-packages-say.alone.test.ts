import { readdirSync, readFileSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Report } from '@annex/package/report'
import t, { type Test } from 'tap'
import type { CheckResult } from '../../../runtime/sandbox/check-process.ts'
import { entryScript, openSandbox, runGuest } from '../../runtime/sandbox/start-guest.ts'
import { changedPackage, goodFiles, type ManifestChange } from '../../sdk/package/good-package.ts'
import { type Idea, runIdeas } from '../egress/run-ideas.ts'
import { CHECK_OPTIONS, hold, holdsThread, noise, openPackageChecker, refusedBy } from './hold-checker.ts'

const checker = await openPackageChecker(t)
const HOSTS = readFileSync('/etc/passwd', 'utf8').split('\n')[0] ?? ''
const KB = 1024
const MB = 1024 * KB

/** A package with these files, how its check ends, and what else is to be seen of it. */
function claim(
  title: string,
  files: Record<string, string | undefined>,
  ends: RegExp,
  control: () => Promise<string | undefined>,
  look: (t: Test, result: CheckResult<Report>, bytes: Uint8Array) => Promise<void> | void = () => {},
): Idea {
  return {
    title,
    control,
    async attack(t) {
      const bytes = changedPackage({ files })
      await hold(t, checker, async () => {
        const result = await checker.check(bytes, CHECK_OPTIONS)
        t.match(refusedBy(result), ends)
        t.notOk(JSON.stringify(result).includes(HOSTS), 'nothing of the host is told')
        await look(t, result, bytes)
      })
    },
  }
}

/** A map as careless tools follow it: they open what it names. */
const opens = (path: string) => async () => {
  const text = await readFile(resolve('/var/lib/annex/package/dist', path), 'utf8')
  return text.includes(HOSTS) ? `reads ${path}` : undefined
}
const up = `${'../'.repeat(12)}etc/passwd`
const mapOf = (fields: object): string => JSON.stringify({ version: 3, sources: [], mappings: '', ...fields })
const MAP = 'dist/extension.js.map'

/** What is carried is text: the same that was packed, and no object of ours. */
const staysText =
  (map: string) =>
  async (t: Test, _: unknown, bytes: Uint8Array): Promise<void> => {
    const extracted = await checker.extract(bytes)
    t.ok(extracted.ok && extracted.value.sourceMap === map, 'the map is handed on as the text that it was')
    t.notOk(JSON.stringify(extracted).includes(HOSTS), 'with nothing of the host in it')
  }

function mapIdea(title: string, map: string, control: () => Promise<string | undefined>): Idea {
  return claim(title, { [MAP]: map }, /^passed$/, control, staysText(map))
}

/** A reader that unfolds the mappings as they come. */
const unfolds = (mappings: string, most: number) => async () => {
  const lines = mappings.split(';').length
  return lines > most ? `${lines} lists are made` : undefined
}

runIdeas('source maps', [
  mapIdea('a source outside of the package', mapOf({ sources: [up] }), opens(up)),
  mapIdea('a root of the file system', mapOf({ sourceRoot: '/', sources: ['etc/passwd'] }), opens('/etc/passwd')),
  mapIdea('a file of the host by its address', mapOf({ sources: ['file:///etc/passwd'] }), async () =>
    (await readFile(new URL('file:///etc/passwd'), 'utf8')).includes(HOSTS) ? 'reads it' : undefined,
  ),
  mapIdea(
    'mappings of millions of lines',
    mapOf({ mappings: ';'.repeat(3 * MB) + noise(200 * KB) }),
    unfolds(';'.repeat(3 * MB), MB),
  ),
  mapIdea('numbers that overflow', mapOf({ mappings: `${'g'.repeat(200_000)}A,${noise(100_000)}` }), async () =>
    Array.from({ length: 20 }).reduce((value: number) => value * 32 + 31, 0) > Number.MAX_SAFE_INTEGER
      ? 'a place beyond all numbers'
      : undefined,
  ),
  mapIdea(
    'maps in maps in maps',
    `${'{"version":3,"sections":[{"map":'.repeat(2_000)}{}${'}]}'.repeat(2_000)}`,
    async () => {
      const visit = (map: { sections?: { map: object }[] }, depth: number): number =>
        map.sections ? visit(map.sections[0]?.map ?? {}, depth + 1) : depth
      return `${visit(JSON.parse(`${'{"version":3,"sections":[{"map":'.repeat(2_000)}{}${'}]}'.repeat(2_000)}`), 0)} levels of stack`
    },
  ),
  claim(
    'a comment that names another map',
    { 'dist/extension.js': `${goodFiles()['dist/extension.js']}//# sourceMappingURL=${up}\n` },
    /^passed$/,
    opens(up),
    async (t, _, bytes) => {
      const extracted = await checker.extract(bytes)
      t.ok(extracted.ok && extracted.value.sourceMap === goodFiles()[MAP], 'the map is the one beside the entry')
    },
  ),
])

const README = 'README.md'
const words = `${'It brings construction sites from the ERP into the platform. '.repeat(4)}\n`

/** A renderer of the kind that was written many times, with expressions that backtrack. */
const renders = (pattern: string, text: string) => async () =>
  holdsThread('new RegExp(pattern).test(text)', { pattern, text })

function readme(title: string, text: string, control: () => Promise<string | undefined>): Idea {
  return claim(title, { [README]: words + text }, /^passed$/, control, (t, result) => {
    const shown = (result.ok && result.value.package?.texts.readme) || ''
    t.ok(shown.length > 0 && Buffer.byteLength(shown) <= 100 * KB + 3, `${shown.length} characters are shown of it`)
  })
}

runIdeas('a README', [
  readme(
    'emphasis that may begin anywhere',
    `${'*a_'.repeat(30_000)}`,
    renders('^(\\*?[a_]+\\*?)+$', `${'a_'.repeat(30)}!`),
  ),
  readme('quotes in quotes', `${'> '.repeat(40_000)}x\n`, renders('^((> ?)+)+$', `${'> '.repeat(40)}x`)),
  readme('brackets that never close', '['.repeat(300_000), renders('^(\\[+)+\\]$', '['.repeat(40))),
  readme(
    'a table of a thousand columns',
    `|${'a|'.repeat(1_000)}\n|${'-|'.repeat(1_000)}\n`.repeat(40),
    renders('^(\\|?(-|a)*\\|?)+$', `|${'a|'.repeat(30)}!`),
  ),
  readme('megabytes of it', noise(3 * MB), async () => `${3 * MB} characters on a page`),
])

const describe = (text: string): Record<string, string> => ({ 'annex.describe.json': text })
const told = (fields: object): string => JSON.stringify({ kind: 'connector', handlers: [], ...fields })

/** The answer is believed where the code is not asked. */
const believes = (text: string, is: (told: never) => unknown) => async () =>
  is(JSON.parse(text) as never) ? 'it is shown as it stands' : undefined

runIdeas('a description that disagrees', [
  claim(
    'another kind than the manifest',
    describe(told({ kind: 'transformation' })),
    /^MAN-11$/,
    believes(told({ kind: 'transformation' }), ({ kind }: { kind: string }) => kind !== 'connector'),
  ),
  claim(
    'a kind twice',
    describe('{"kind":"transformation","handlers":[],"kind":"connector"}'),
    /^MAN-11$/,
    believes('{"kind":"transformation","handlers":[],"kind":"connector"}', ({ kind }: { kind: string }) => kind),
  ),
  claim(
    'more handlers than there may be',
    describe(told({ handlers: Array.from({ length: 401 }, (_, i) => `h${i}`) })),
    /^MAN-11$/,
    async () => 'a list without end',
  ),
  claim(
    'streams by names that every object has',
    describe(
      told({ streams: JSON.parse('{"__proto__":{"schema":{},"primaryKey":["id"],"read":true,"write":true}}') }).replace(
        '"streams":{}',
        '"streams":{"__proto__":{}}',
      ),
    ),
    /^MAN-11$/,
    async () =>
      Object.keys(Object.assign({}, JSON.parse('{"__proto__":{"a":1}}'))).length === 0
        ? 'it vanishes, and is there'
        : undefined,
  ),
  claim(
    'nesting',
    describe(
      told({
        streams: {
          s: {
            schema: JSON.parse(`${'{"a":'.repeat(400)}1${'}'.repeat(400)}`),
            primaryKey: ['id'],
            read: true,
            write: true,
          },
        },
      }),
    ),
    /^MAN-11$/,
    async () => 'a depth of four hundred for whoever walks it',
  ),
])

t.test('handlers that the code does not have are not found, whatever is said of them', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 2 })
  const members = 'check: () => "fine", streams: { s: { read: () => "read" } }'
  t.match(
    await runGuest(sandbox, members, { handler: ['streams', 's', 'read'] }),
    { ok: true, value: 'read' },
    'control',
  )
  const paths = [
    'constructor',
    '__proto__',
    'toString',
    'streams.constructor',
    'streams.__proto__.toString',
    'check.call',
    'check.constructor',
    'streams.s.hasOwnProperty',
    '',
    'streams..read',
    'streams.s.read.read',
  ]
  for (const path of paths)
    t.match(
      await runGuest(sandbox, members, { handler: path.split('.') }),
      { ok: false, failure: { class: 'USER_ERROR' } },
      path,
    )
  t.ok(entryScript(members).length > 0)
})

const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']

t.test('names that every object has, in manifests', async (t) => {
  const target: Record<string, Record<string, unknown>> = {}
  const given = JSON.parse('{"__proto__":{"polluted":true}}') as Record<string, object>
  for (const key of Object.keys(given)) Object.assign(target[key] ?? {}, given[key])
  t.ok('polluted' in {}, 'control: a merge as it has been written many times')
  Reflect.deleteProperty(Object.prototype, 'polluted')
  for (const name of NAMES) {
    const places: [string, ManifestChange][] = [
      ['at the top', (manifest) => define(manifest, name)],
      ['in the extension', ({ annex }) => define(annex, name)],
      ['in the schema of credentials', ({ annex }) => define(annex.credentials?.schema as object, name)],
      ['in its properties', ({ annex }) => define(annex.credentials?.schema.properties as object, name)],
      ['among the locales', ({ annex }) => Object.assign(annex, { locales: withName({}, name) })],
      ['among the permissions', ({ annex }) => define(annex.permissions as object, name)],
    ]
    for (const [place, manifest] of places) {
      const bytes = changedPackage({ manifest })
      const result = await checker.check(bytes, CHECK_OPTIONS)
      t.match(
        refusedBy(result),
        name === '__proto__' ? /^(MAN|CODE|DOC)/ : /^(passed|(MAN|CODE|DOC)-\d\d)/,
        `${name} ${place}`,
      )
      t.notOk(/TypeError|RangeError|the rule could not finish/.test(JSON.stringify(result)), 'no rule broke over it')
      await checker.extract(bytes)
      t.notOk('polluted' in {}, 'the service is as it was')
    }
  }
  const after = await checker.check(changedPackage({}), CHECK_OPTIONS)
  t.match(after, { ok: true, value: { ok: true } }, 'and so is the child')
})

function withName(object: object, name: string): object {
  define(object, name)
  return object
}

/** As JSON text has it: an own property, whatever its name. */
function define(object: object, name: string): void {
  Object.defineProperty(object, name, {
    value: { polluted: true, toString: 1 },
    enumerable: true,
    configurable: true,
    writable: true,
  })
}

t.test('files by names that every object has', async (t) => {
  for (const name of NAMES) {
    const files = { [`${name}`]: undefined, [`src/${name}`]: 'text\n', [`dist/${name}.js`]: 'var a = 1\n' }
    const manifest: ManifestChange = ({ annex }) => Object.assign(annex, { entry: `dist/${name}.js` })
    const bytes = changedPackage({ files, manifest })
    const result = await checker.check(bytes, CHECK_OPTIONS)
    t.notOk(/TypeError|the rule could not finish/.test(JSON.stringify(result)), name)
    const extracted = await checker.extract(bytes)
    if (extracted.ok) t.equal(extracted.value.source, 'var a = 1\n', 'the file of that name, and nothing else')
    const missing = changedPackage({ manifest: ({ annex }) => Object.assign(annex, { entry: name }) })
    t.not(refusedBy(await checker.check(missing, CHECK_OPTIONS)), 'passed')
    t.match(await checker.extract(missing), { ok: false })
  }
})

t.test('nothing of a package stays on the disk', async (t) => {
  const secret = noise(64)
  const before = everything()
  const files = { 'src/kept.ts': `// ${secret}\n`, [MAP]: mapOf({ file: `/tmp/${secret}`, sourceRoot: tmpdir() }) }
  const bytes = changedPackage({ files })
  t.ok(Buffer.from(files['src/kept.ts']).includes(secret), 'control: it is in the package')
  for (let round = 0; round < 3; round++) {
    await checker.check(bytes, CHECK_OPTIONS)
    await checker.extract(bytes)
  }
  const added = [...everything()].filter(([path, stamp]) => before.get(path) !== stamp).map(([path]) => path)
  for (const path of added) t.notOk(path.includes(secret) || holds(path, secret), path)
  const own = readdirSync(tmpdir()).filter((name) => /^annex-(\d+|user)-[0-9a-f]{32}$/.test(name))
  for (const name of own)
    t.same(
      readdirSync(join(tmpdir(), name)).sort(),
      ['check.cjs', 'guest.cjs', 'isolated_vm.node'],
      'the folder of the children holds what it held',
    )
})

/** Of what lies at the top and one level below where children run: when it was written. */
function everything(): Map<string, number> {
  const found = new Map<string, number>()
  for (const name of readdirSync(tmpdir())) {
    const path = join(tmpdir(), name)
    if (!name.startsWith('annex-')) continue
    for (const inner of ['', ...list(path)]) found.set(join(path, inner), modified(join(path, inner)))
  }
  return found
}

function list(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function modified(path: string): number {
  try {
    return statSync(path).mtimeMs
  } catch {
    return 0
  }
}

function holds(path: string, secret: string): boolean {
  try {
    return readFileSync(path).includes(secret)
  } catch {
    return false
  }
}
