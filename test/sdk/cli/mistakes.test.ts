import t from 'tap'
import { type Folder, newProject } from './new-project.ts'
import { runAnnex } from './run-annex.ts'

/** The lines of `source` that hold `mark`, as a place that a message names; the column is for the message to know. */
function placeOf(source: string, mark: string): string {
  const line = source.split('\n').findIndex((text) => text.includes(mark)) + 1
  if (line === 0) throw new Error(`there is no ${mark}`)
  return `src/index\\.ts:${line}:\\d+`
}

/** What was said of one mistake: the message, the place, the way to mend it. */
interface Told {
  what: RegExp
  where: string
  mend: RegExp
}

function says(t: Tap, text: string, { what, where, mend }: Told): void {
  t.match(text, what, 'what')
  t.match(text, new RegExp(`where: ${where}$`, 'm'), 'where')
  t.match(text, mend, 'how to mend it')
}

interface Tap {
  match(found: unknown, pattern: unknown, name: string): boolean
}

const RUNNING = `import { defineConnector, type Context } from '@annex/sdk'

function spin(): number {
  let n = 0
  for (;;) n++
}

async function later(ctx: Context): Promise<void> {
  await ctx.kv.get('x')
  throw new Error('nobody waits for me')
}

const anything = (value: unknown) => value as never

export default defineConnector({
  async check() { return [] },
  streams: {},
  actions: {
    scope: {
      params: {},
      async run(ctx) {
        return anything(await (ctx.platform as never as Record<string, { list(): unknown }>).timesheets?.list())
      },
    },
    host: {
      params: {},
      async run(ctx) { return (await ctx.fetch('https://elsewhere.example.com/x')).status },
    },
    loop: {
      params: {},
      async run() { return spin() },
    },
    memory: {
      params: {},
      async run(ctx) { // keeps all
        const all: number[][] = []
        for (;;) all.push(await ctx.kv.get('x').then(() => new Array(500_000).fill(1)))
      },
    },
    rejection: {
      params: {},
      async run(ctx) { void later(ctx); await ctx.kv.get('y'); await ctx.kv.get('z'); return 1 },
    },
    unwritable: {
      params: {},
      async run() { return anything({ big: 10n }) },
    },
  },
})
`

const TOLD_RUNNING: Record<string, Told> = {
  scope: {
    what: /PERMISSION_DENIED: read:timesheets is not granted/,
    where: placeOf(RUNNING, 'timesheets?.list'),
    mend: /mend: {2}Add \{ "scope": "read:timesheets", "reason": "…" \} to annex\.permissions\.required/,
  },
  host: {
    what: /EGRESS_DENIED: https:\/\/elsewhere\.example\.com:443 is not among the hosts/,
    where: placeOf(RUNNING, 'elsewhere.example.com'),
    mend: /mend: {2}Add \{ "host": "elsewhere\.example\.com", "reason": "…" \} to annex\.egress/,
  },
  loop: {
    what: /CPU: The code did not come back within its time slice|CPU: A slice of code ran longer than 250 ms/,
    where: placeOf(RUNNING, 'return spin()'),
    mend: /mend: {2}Look for a loop that does not end in this handler/,
  },
  // It grows from await to await: in one go it might take longer than a slice may.
  memory: {
    what: /MEMORY: The run used more memory than it may/,
    where: placeOf(RUNNING, 'keeps all'),
    mend: /mend: {2}Look for a list that only grows/,
  },
  rejection: {
    what: /a promise failed and nobody waited for it[\s\S]*nobody waits for me/,
    where: placeOf(RUNNING, "throw new Error('nobody"),
    mend: /mend: {2}A promise was started and nobody waits for it: put await before the call/,
  },
  unwritable: {
    what: /The result of actions\.unwritable cannot be written as JSON: .*BigInt/,
    where: placeOf(RUNNING, 'big: 10n'),
    mend: /mend: {2}Only plain JSON crosses the border: write a BigInt as text/,
  },
}

t.test('what goes wrong in a run is told with its place and its remedy', async (t) => {
  const cases = Object.keys(TOLD_RUNNING).map((name): [string, Folder] => {
    return [name, { 'case.json': JSON.stringify({ handler: `actions.${name}`, input: {}, expect: 1 }) }]
  })
  const files = newProject({ publisher: 'acme', name: 'site-notes', kind: 'connector', year: 2026 })
  const folder = t.testdir({ ...files, src: { 'index.ts': RUNNING }, fixtures: Object.fromEntries(cases) })
  const { code, stdout } = await runAnnex(folder, ['test'])
  t.equal(code, 1)
  for (const [name, told] of Object.entries(TOLD_RUNNING)) {
    t.test(name, async (t) => {
      const own = stdout.split(/\n(?=passed|failed|\d)/).find((part) => part.startsWith(`failed ${name} `))
      says(t, own ?? '', told)
    })
  }
})

const WRITTEN = `import { defineConnector } from '@annex/sdk'

const KEY = 'sk_live_4eC39HqLyjWDarjtT1zdp7dcAbCdEf'

export default defineConnector({
  async check(ctx) { return [{ name: KEY, ok: (await ctx.fetch('https://api.example.com/')).ok }] },
  streams: {
    items: {
      schema: { type: 'object', properties: { id: { type: 'strnig' } } },
      primaryKey: ['id'],
    },
  },
})
`

/** By rule; in package.json the line is the place. */
const TOLD_WRITTEN: Record<string, Told> = {
  'MAN-04': {
    what: /"1\.0" is not a semver version/,
    where: 'package\\.json:3 at /version',
    mend: /mend: {2}Write major\.minor\.patch/,
  },
  'MAN-08': {
    what: /there is no scope "write:chantier"/,
    where: 'package\\.json:\\d+ at /annex/permissions/required/0/scope',
    mend: /mend: {2}Did you mean "write:chantiers"\?/,
  },
  'MAN-16': {
    what: /this is no JSON Schema: it must be one of array, boolean/,
    where: `${placeOf(WRITTEN, 'strnig')} at /streams/items/schema/properties/id/type`,
    mend: /mend: {2}Correct the schema at this place/,
  },
  'SEC-01': {
    what: /there is a Stripe key: sk_l/,
    where: placeOf(WRITTEN, 'sk_live_'),
    mend: /mend: {2}Withdraw the secret where it was issued/,
  },
  'DOC-03': {
    what: /there is no LICENSE file/,
    where: 'LICENSE',
    mend: /mend: {2}Set `license` to an SPDX expression/,
  },
}

t.test('what is wrong in the package is told with its place and its remedy', async (t) => {
  const draft = newProject({ publisher: 'acme', name: 'site-notes', kind: 'connector', year: 2026 })
  const { LICENSE: _left, ...files } = draft
  const manifest = JSON.parse(String(files['package.json']))
  manifest.version = '1.0'
  manifest.annex.permissions.required = [{ scope: 'write:chantier', reason: 'Creates sites' }]
  const text = JSON.stringify(manifest, null, 2)
  const folder = t.testdir({ ...files, 'package.json': text, src: { 'index.ts': WRITTEN } })
  const { code, stdout } = await runAnnex(folder, ['check'])
  t.equal(code, 1)
  const parts = stdout.split(/\n(?=error|warning|check)/)
  for (const [rule, told] of Object.entries(TOLD_WRITTEN)) {
    t.test(rule, async (t) => {
      const own = parts.filter((part) => part.startsWith(`error ${rule} `))
      t.equal(own.length, 1, 'told once')
      says(t, own[0] ?? '', told)
    })
  }
  const errors = parts.filter((part) => part.startsWith('error'))
  t.equal(errors.length, Object.keys(TOLD_WRITTEN).length, 'and no other error')
})
