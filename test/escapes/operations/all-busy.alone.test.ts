import t, { type Test } from 'tap'
import { CAGE_LIMITS } from '../../../runtime/sandbox/limits.ts'
import type { Run, Sandbox } from '../../../runtime/sandbox/run.ts'
import { eventually } from '../../faults/eventually.ts'
import { entryScript, failureOf, openSandbox, resultOf, startGuest } from '../../runtime/sandbox/start-guest.ts'
import { GRACE_MS } from '../harness/attack-limits.ts'

const WAITS = entryScript('async check(ctx) { await ctx.kv.get("k"); return "waited" }')
const FINE = entryScript('check: () => "fine"')
/** Long enough for each run under way to end a dozen times. */
const PATIENCE_MS = 3_000
const TAKES_A_WHILE = entryScript('async check() { await new Promise((resolve) => setTimeout(resolve, 50)); return 1 }')
const LONG = { limits: { wallMs: 60_000 } }

/** A sandbox of which every process is at work for one organization, until `free`. */
async function openBusy(t: Test): Promise<{ sandbox: Sandbox; free(): Promise<void> }> {
  const sandbox = await openSandbox(t, { maxChildren: 1, spares: 0 })
  let reached = false
  const answer = () => {
    reached = true
    return new Promise<never>(() => {})
  }
  const run = startGuest(sandbox, WAITS, { organizationId: 'org_busy', answer, ...LONG })
  const step = run.step()
  await eventually('it is at work', async () => reached || undefined, { withinMs: 5_000, everyMs: 5 })
  return {
    sandbox,
    async free() {
      await run.close()
      await step
    },
  }
}

function fine(sandbox: Sandbox, organizationId: string, more: Parameters<typeof startGuest>[2] = {}): Run {
  return startGuest(sandbox, FINE, {
    organizationId,
    installationId: `ins_${organizationId}`,
    digest: 'd',
    ...LONG,
    ...more,
  })
}

t.test('runs of nobody in particular fill the whole line, and not a place more', async (t) => {
  const { sandbox, free } = await openBusy(t)
  const organizations = CAGE_LIMITS.queueLength / CAGE_LIMITS.queueLengthOfOne
  const runs = Array.from({ length: CAGE_LIMITS.queueLength }, (_, i) => fine(sandbox, `org_${i % organizations}`))
  const steps = runs.map((run) => run.step())
  const started = performance.now()
  const late = fine(sandbox, 'org_late')
  t.match(failureOf(await late.step()), { class: 'QUEUE', retryable: true, incident: false })
  t.ok(performance.now() - started < GRACE_MS, 'told at once, in the place of a line without end')
  await Promise.all(runs.map((run) => run.close()))
  await Promise.all(steps)
  const next = fine(sandbox, 'org_late')
  const served = next.step()
  await free()
  t.equal(resultOf(await served), 'fine', 'those who gave up hold no places')
  await next.close()
})

t.test('who never stops bringing runs does not keep a process for ever', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 2, spares: 0 })
  let over = false
  let streamed = 0
  const stream = async (organizationId: string) => {
    while (!over) {
      const run = startGuest(sandbox, TAKES_A_WHILE, {
        organizationId,
        installationId: organizationId,
        digest: 'while',
        ...LONG,
      })
      resultOf(await run.step())
      await run.close()
      streamed++
    }
  }
  const streams = ['org_a', 'org_a', 'org_a', 'org_b', 'org_b', 'org_b'].map(stream)
  await eventually('all are at work', async () => streamed >= 12 || undefined, { withinMs: 5_000, everyMs: 5 })
  const bound = sandbox.status().children.map(({ organizationId }) => organizationId)
  t.same(new Set(bound), new Set(['org_a', 'org_b']), 'control: every process is theirs')
  const modest = fine(sandbox, 'org_modest', { signal: AbortSignal.timeout(PATIENCE_MS) })
  const result = await modest.step()
  over = true
  await Promise.all(streams)
  t.match(
    result,
    { ok: true, value: 'fine' },
    `whoever brings one is served, ${streamed} runs of theirs notwithstanding`,
  )
  await modest.close()
})

t.test('a run that never began is not blamed for its wait', async (t) => {
  const { sandbox, free } = await openBusy(t)
  const own = fine(sandbox, 'org_waits', { limits: { wallMs: 200 } })
  t.match(failureOf(await own.step()), { class: 'QUEUE', retryable: true, incident: false }, 'the line was too long')
  const control = startGuest(sandbox, WAITS, {
    organizationId: 'org_busy',
    answer: () => new Promise(() => {}),
    limits: { wallMs: 200 },
  })
  t.match(failureOf(await control.step()), { class: 'WALL', incident: true }, 'control: one that began and waits')
  const aborted = new AbortController()
  const gone = fine(sandbox, 'org_gone', { signal: aborted.signal })
  const step = gone.step()
  aborted.abort()
  t.match(failureOf(await step), { class: 'CANCELLED', incident: false })
  await free()
  const next = fine(sandbox, 'org_waits')
  t.equal(resultOf(await next.step()), 'fine')
  await Promise.all([own, control, gone, next].map((run) => run.close()))
})

t.test('one installation holds no more runs than its own', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 2, spares: 1 })
  let reached = 0
  const answer = () => {
    reached++
    return new Promise<never>(() => {})
  }
  const many = { installationId: 'ins_many', digest: 'many', answer, ...LONG }
  const runs = Array.from({ length: CAGE_LIMITS.runsPerInstallation + 20 }, () => startGuest(sandbox, WAITS, many))
  const steps = runs.map((run) => run.step())
  const enough = async () => reached >= CAGE_LIMITS.runsPerInstallation || undefined
  await eventually('they are at work', enough, { withinMs: 5_000, everyMs: 5 })
  const neighbour = fine(sandbox, 'org_1', { installationId: 'ins_neighbour' })
  t.equal(resultOf(await neighbour.step()), 'fine', 'its neighbour runs beside it')
  t.equal(reached, CAGE_LIMITS.runsPerInstallation, 'the others wait')
  await Promise.all([neighbour, ...runs].map((run) => run.close()))
  await Promise.all(steps)
})
