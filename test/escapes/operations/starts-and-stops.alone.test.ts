import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { processFacts } from '../../../runtime/sandbox/process-facts.ts'
import type { Run, Sandbox, StepResult } from '../../../runtime/sandbox/run.ts'
import { eventually } from '../../faults/eventually.ts'
import {
  entryScript,
  failureOf,
  openSandbox,
  resultOf,
  runGuest,
  startGuest,
} from '../../runtime/sandbox/start-guest.ts'
import { GRACE_MS } from '../harness/attack-limits.ts'

const FINE = 'check: () => "fine"'
const MIXED = entryScript(`async check(ctx, kind) {
  if (kind === 0) for (;;) {}
  if (kind === 1) await ctx.kv.get('wait')
  if (kind === 2) { ctx.signal.addEventListener('abort', () => { for (;;) {} }); await ctx.kv.get('wait') }
  if (kind === 3) for (;;) await ctx.kv.get('k')
  return 'fine'
}`)
const LIMITS = { sliceMs: 100, cpuMs: 300, wallMs: 1_500, hostCalls: 100_000 }

function mixed(sandbox: Sandbox, kind: number, more: Parameters<typeof startGuest>[2] = {}): Run {
  const answer = ({ args }: { args: unknown }) =>
    JSON.stringify(args).includes('wait') ? new Promise<never>(() => {}) : ({ ok: true, value: null } as const)
  return startGuest(sandbox, MIXED, {
    args: [kind],
    limits: LIMITS,
    answer,
    installationId: `ins_${kind}`,
    digest: 'm',
    ...more,
  })
}

t.test('a flood of starts that are given up at once', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 4, spares: 1 })
  const asking = keepAsking(sandbox)
  const ends: Record<string, number> = {}
  const floods = Array.from({ length: 300 }, async (_, i) => {
    await sleep(Math.random() * 600)
    const controller = new AbortController()
    const run = mixed(sandbox, i % 5, { signal: controller.signal, organizationId: `org_${i % 2}` })
    const step = run.step()
    if (i % 3 === 0) controller.abort()
    else await sleep(Math.random() * 20)
    if (i % 3 === 1) controller.abort()
    else await run.close()
    const result = await step
    await run.close()
    const end = result.ok ? 'well' : result.failure.class
    ends[end] = (ends[end] ?? 0) + 1
  })
  await Promise.all(floods)
  t.comment(JSON.stringify(ends))
  const { CANCELLED = 0 } = ends
  t.ok(CANCELLED > 100, `control: ${CANCELLED} were given up on their way`)
  const { failures, slowestMs } = await asking.stop()
  t.same(failures, [], 'others are answered')
  t.ok(slowestMs < 2 * GRACE_MS, `within ${Math.round(slowestMs)} ms`)
  await atRest(sandbox)
  for (const organizationId of ['org_0', 'org_1', 'org_new'])
    t.equal(resultOf(await runGuest(sandbox, FINE, { organizationId })), 'fine')
})

t.test('a child that is frozen between two slices', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 2, spares: 1 })
  const arrived = Promise.withResolvers<void>()
  const go = Promise.withResolvers<{ ok: true; value: null }>()
  const answer = () => {
    arrived.resolve()
    return go.promise
  }
  const run = startGuest(sandbox, entryScript('async check(ctx) { await ctx.kv.get("k"); return "fine" }'), {
    answer,
    limits: LIMITS,
  })
  const step = run.step()
  await arrived.promise
  const pid = boundTo(sandbox, 'org_1')
  process.kill(pid, 'SIGSTOP')
  const frozen = performance.now()
  t.ok(/^\d+ \(.*\) T/.test(await statOf(pid)), 'control: it does nothing more')
  go.resolve({ ok: true, value: null })
  t.equal(resultOf(await runGuest(sandbox, FINE, { organizationId: 'org_2' })), 'fine', 'others run')
  const failure = failureOf(await step)
  t.match(failure.class, /^(CRASH|CPU|WALL)$/)
  t.ok(performance.now() - frozen < LIMITS.wallMs + GRACE_MS, 'its run is told in time')
  await run.close()
  await gone(pid)
  t.equal(resultOf(await runGuest(sandbox, FINE)), 'fine', 'the organization gets another process')
})

t.test('a child that is frozen in a slice', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 2, spares: 1 })
  const one = { installationId: 'ins_one', digest: 'one' }
  const before = mixed(sandbox, 9, one)
  await before.step()
  await before.close()
  const run = mixed(sandbox, 0, { ...one, limits: { ...LIMITS, sliceMs: 400, cpuMs: 400 } })
  const step = run.step()
  await eventually('it computes', async () => isRunnable(sandbox, 'org_1') || undefined, {
    withinMs: 5_000,
    everyMs: 2,
  })
  const pid = boundTo(sandbox, 'org_1')
  process.kill(pid, 'SIGSTOP')
  const frozen = performance.now()
  t.notOk((await step).ok)
  t.ok(performance.now() - frozen < LIMITS.wallMs + GRACE_MS, 'its run is told in time')
  await run.close()
  await gone(pid)
  t.equal(resultOf(await runGuest(sandbox, FINE)), 'fine')
})

t.test('a frozen spare is not given to anybody twice', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 2, spares: 1 })
  const spare = async () => sandbox.status().children.find(({ state }) => state === 'idle')?.pid
  const pid = await eventually('there is a spare', spare, { withinMs: 10_000, everyMs: 10 })
  process.kill(pid, 'SIGSTOP')
  const ends: StepResult[] = []
  for (let tries = 0; tries < 2; tries++) ends.push(await runGuest(sandbox, FINE))
  const [first, second] = ends
  if (first && !first.ok) t.match(first.failure, { retryable: true, incident: false }, 'nobody is blamed')
  t.match(second, { ok: true, value: 'fine' }, 'the second try goes well')
  await gone(pid)
})

t.test('close while runs of every kind are under way', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 3, spares: 1 })
  const runs = Array.from({ length: 40 }, (_, i) =>
    mixed(sandbox, i % 4, {
      organizationId: `org_${i % 8}`,
      limits: { ...LIMITS, sliceMs: 4_000, cpuMs: 4_000, wallMs: 4_000 },
    }),
  )
  const pages = startGuest(sandbox, entryScript('async *check() { yield 1; yield 2 }'), { organizationId: 'org_0' })
  const page = pages.step()
  const steps = runs.map((run) => run.step())
  await sleep(400)
  const pids = sandbox
    .status()
    .children.map(({ pid }) => pid)
    .filter((pid) => pid > 0)
  t.ok(
    pids.some((pid) => processFacts(pid)?.runnable),
    'control: children compute',
  )
  const closing = performance.now()
  await sandbox.close()
  const late = runs.slice(0, 2).map((run) => run.step())
  const ends = await Promise.all(steps)
  t.ok(performance.now() - closing < GRACE_MS, `all are told within ${Math.round(performance.now() - closing)} ms`)
  for (const end of ends)
    t.match(end, { ok: false, failure: { class: /^(CANCELLED|QUEUE|CRASH)$/, incident: false } }, 'nobody is blamed')
  for (const end of await Promise.all(late)) t.match(failureOf(end).class, 'CANCELLED')
  await page
  t.notOk((await pages.step()).ok)
  t.same(
    pids.filter((pid) => processFacts(pid)),
    [],
    'no child is left',
  )
  t.match(failureOf(await runGuest(sandbox, FINE)).class, /^(QUEUE|CRASH)$/, 'nothing runs any more')
  await Promise.all([sandbox.close(), sandbox.close()])
  await Promise.all([...runs, pages].map((run) => run.close()))
})

function boundTo(sandbox: Sandbox, organizationId: string): number {
  const child = sandbox.status().children.find((child) => child.organizationId === organizationId)
  if (!child) throw new Error(`no process serves ${organizationId}`)
  return child.pid
}

function isRunnable(sandbox: Sandbox, organizationId: string): boolean {
  const child = sandbox.status().children.find((child) => child.organizationId === organizationId)
  return child !== undefined && child.state === 'busy' && processFacts(child.pid)?.runnable === true
}

async function statOf(pid: number): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  const look = async () => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    return / T /.test(stat) ? stat : undefined
  }
  return eventually('it is frozen', look, { withinMs: GRACE_MS, everyMs: 2 })
}

function gone(pid: number): Promise<true> {
  const look = async () => processFacts(pid) === undefined || undefined
  return eventually(`child ${pid} is gone`, look, { withinMs: GRACE_MS, everyMs: 10 })
}

/** Nothing of the flood holds a place or computes. */
function atRest(sandbox: Sandbox): Promise<true> {
  const look = async () => sandbox.status().children.every(({ state }) => state !== 'busy') || undefined
  return eventually('the children are at rest', look, { withinMs: 2 * GRACE_MS, everyMs: 20 })
}

function keepAsking(sandbox: Sandbox) {
  const failures: string[] = []
  let [slowestMs, over] = [0, false]
  const asking = (async () => {
    while (!over) {
      const started = performance.now()
      const result = await runGuest(sandbox, FINE, {
        organizationId: 'org_asks',
        installationId: 'ins_asks',
        digest: 'a',
      })
      slowestMs = Math.max(slowestMs, performance.now() - started)
      if (!result.ok) failures.push(JSON.stringify(result.failure))
      await sleep(5)
    }
  })()
  return {
    async stop() {
      over = true
      await asking
      return { failures, slowestMs }
    },
  }
}
