import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Trial } from '@annex/package/trial'
import t from 'tap'
import { createLog } from '../../../runtime/log.ts'
import { createPackageChecker } from '../../../runtime/sandbox/package-checker.ts'
import { runTrial } from '../../../runtime/trials/run-trial.ts'
import { trialReport } from '../../../runtime/trials/trial-report.ts'
import { act, acting, asking, type TrialTry } from '../../sdk/package/trial-case.ts'
import { packTrial } from '../../sdk/package/trial-project.ts'
import { entryScript, openSandbox, startGuest } from '../sandbox/start-guest.ts'

const sandbox = await openSandbox(t, { maxChildren: 2 })
const checker = await createPackageChecker({ log: createLog('silent') })
t.teardown(() => checker.close())
const folder = t.testdir()
let last = 0

async function pack(it: TrialTry): Promise<Uint8Array> {
  const own = join(folder, String(++last))
  mkdirSync(own)
  return packTrial(own, sandbox, it)
}

async function trialOf(it: TrialTry, limits?: { wallMs: number; cpuMs: number }): Promise<Trial> {
  const extracted = await checker.extractTrial(await pack(it))
  if (!extracted.ok) throw new Error(extracted.message)
  const more = limits ? { limits } : {}
  return runTrial({ ...extracted.value, sandbox, checker, platforms: ['1.0.0', '1.1.0'], ...more })
}

t.test('loads on each platform, the newest first, then each fixture on each', async (t) => {
  const cases = { a: act({}, '1.1.0'), b: act({}, { $any: 'string' }) }
  const { runs, platforms, stopped } = await trialOf(acting('versions', 'return ctx.platformVersion', { cases }))
  t.same(platforms, ['1.0.0', '1.1.0'])
  t.equal(stopped, false)
  t.same(
    runs.map(({ kind, platform, fixture, ok }) => [kind, platform, fixture, ok]),
    [
      ['load', '1.1.0', undefined, true],
      ['load', '1.0.0', undefined, true],
      ['fixture', '1.1.0', 'a', true],
      ['fixture', '1.0.0', 'a', false],
      ['fixture', '1.1.0', 'b', true],
      ['fixture', '1.0.0', 'b', true],
    ],
  )
})

t.test('tells which calls were made, for what, and whether they are declared', async (t) => {
  const body = `for (let i = 0; i < 3; i++) await ctx.kv.get('k' + i)
    await ctx.platform.chantiers.create({ reference: 'C-1', name: 'x', status: 'ACTIVE' })
    await ctx.platform.timesheets.list().catch(() => {})
    await ctx.fetch('https://api.erp.example/a')
    return 1`
  const { runs } = await trialOf(
    acting('calls', body, {
      cases: { one: act({}, 1) },
      recorded: { one: [['https://api.erp.example/a', 'x']] },
    }),
  )
  t.same(runs.at(-1)?.calls, [
    { name: 'fetch', host: 'api.erp.example', declared: true, count: 1 },
    { name: 'kv.get', declared: true, count: 3 },
    { name: 'platform.create', scope: 'write:chantiers', declared: true, count: 1 },
    { name: 'platform.list', scope: 'read:timesheets', declared: false, count: 1 },
  ])
})

t.test('what ends its process is the package’s own fault, and nobody else is touched', async (t) => {
  const waiting = startGuest(sandbox, entryScript("async check(ctx) { await ctx.kv.get('x'); return 'still here' }"), {
    organizationId: 'org_of_another',
    answer: async () => {
      await hostile
      return { ok: true, value: null }
    },
  })
  const hostile = trialOf(
    acting('hostile', 'if (input.loop) for (;;) {} const all = []; for (;;) all.push(new Array(1e6).fill(input))', {
      cases: { loops: act({ loop: true }, 1), grows: act({ n: 1 }, 1), calm: { handler: 'check', expect: [] } },
    }),
  )
  const [{ runs }, neighbour] = await Promise.all([hostile, waiting.step()])
  await waiting.close()
  const failed = (name: string) => runs.filter(({ fixture }) => fixture === name)
  t.match(failed('loops'), [{ ok: false, problems: ['it computes for longer than it may'] }])
  t.match(failed('grows'), [{ ok: false, problems: ['it takes more memory than it may'] }])
  t.match(failed('calm'), [{ ok: true }, { ok: true }])
  t.match(neighbour, { ok: true, value: 'still here' })
})

t.test('stops when its runs have taken what they may together', async (t) => {
  const cases = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`waits-${i}`, act({}, 1)]))
  const waits = acting('waits', 'await new Promise((resolve) => setTimeout(resolve, 60_000)); return 1', { cases })
  const slow = await trialOf(waits, { wallMs: 1_500, cpuMs: 60_000 })
  t.equal(slow.stopped, true)
  t.ok(slow.runs.length < 8)
  const spins = acting('spins', 'const end = performance_(); return 1', {
    cases,
    head: 'function performance_() { let x = 0; for (let i = 0; i < 5e5; i++) x = (x * 31 + i) % 1e9; return x }',
  })
  const busy = await trialOf(spins, { wallMs: 60_000, cpuMs: 20 })
  t.equal(busy.stopped, true)
})

t.test('the whole report says so, and is the same again but for what was measured', async (t) => {
  const bytes = await pack(
    acting('whole', 'return (await ctx.kv.getMany(["a"])).length', {
      cases: { one: act({}, 1), two: '{"handler":' },
      ...asking({ egress: [{ host: 'api.erp.example', reason: 'The API of the ERP' }] }),
    }),
  )
  const reports = []
  for (const _ of [1, 2]) {
    const result = await trialReport({ sandbox, checker }, bytes)
    if (!result.ok) throw new Error(result.message)
    reports.push(result.value)
  }
  const [first, second] = reports.map(({ measured: _measured, ...report }) => JSON.stringify(report))
  t.equal(first, second)
  t.match(reports[0], {
    ok: false,
    use: { hosts: [{ name: 'api.erp.example', asked: 'required', seen: 'never' }] },
    measured: [
      { fixture: 'one', platform: '1.1.0' },
      { fixture: 'one', platform: '1.0.0' },
    ],
  })
  const errors = reports[0]?.findings.filter(({ severity }) => severity === 'error')
  t.same(
    errors?.map(({ rule }) => rule),
    ['RUN-02', 'RUN-03'],
  )
})

t.test('a recorded answer that cannot be sent ends nothing', async (t) => {
  const entry = (name: string, value: string) => ({
    request: { method: 'GET', url: 'https://api.erp.example/' },
    response: { status: 200, headers: [{ name, value }], content: { text: 'x' } },
  })
  const har = (...all: object[]) => ({ log: { entries: all } })
  const { runs, faults } = await trialOf(
    acting('odd answers', "await ctx.fetch('https://api.erp.example/').catch(() => {}); return 1", {
      cases: {
        trailer: { ...act({}, 1), http: 'trailer.har' },
        split: { ...act({}, 1), http: 'split.har' },
      },
      files: {
        'fixtures/trailer/trailer.har': JSON.stringify(har(entry('Trailer', 'x'))),
        'fixtures/split/split.har': JSON.stringify(har(entry('X-A', 'a\r\nX-B: b'))),
      },
    }),
  )
  t.match(faults, [{ file: 'fixtures/split/split.har', message: /headers/ }])
  t.match(
    runs.filter(({ fixture }) => fixture === 'trailer'),
    [{ ok: true }, { ok: true }],
  )
})
