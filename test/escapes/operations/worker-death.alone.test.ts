import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { systemClock } from '../../../runtime/clock.ts'
import { createJobs } from '../../../runtime/jobs/jobs.ts'
import { createLog } from '../../../runtime/log.ts'
import type { HostCall } from '../../../runtime/sandbox/host-call.ts'
import { eventually } from '../../faults/eventually.ts'
import { site, user } from '../../runtime/platform/open-platform.ts'
import { GRACE_MS } from '../harness/attack-limits.ts'
import { childOf, openRuntime, type TestRuntime } from './open-runtime.ts'

const ORGANIZATION = 'org_attacked'
const CREATES = `async check(ctx, fields) { await ctx.platform.chantiers.create(fields); return 'created' }`

/** Kills the attacked organization's process at the moment that `when` says, `times` times. */
function killer(times: number) {
  let left = times
  let runtime: TestRuntime | undefined
  return {
    aim(at: TestRuntime) {
      runtime = at
    },
    async strike(call: { name: string }) {
      if (!runtime || call.name !== 'platform.create' || left === 0) return
      left--
      process.kill(childOf(runtime.sandbox, ORGANIZATION), 'SIGKILL')
      const { sandbox } = runtime
      const gone = async () => (sandbox.status().kills.died ? true : undefined)
      await eventually('the death is noticed', gone, { withinMs: 5_000, everyMs: 2 })
    },
  }
}

async function sites({ platform }: TestRuntime): Promise<unknown[]> {
  const page = await platform.list(user(ORGANIZATION), 'chantiers', {})
  if (!page.ok) throw new Error(page.error.message)
  return page.value.data
}

async function rows({ audit }: TestRuntime, action: string): Promise<number> {
  await audit.flush()
  return (await audit.list(ORGANIZATION, { action, limit: 200 })).data.length
}

t.test('a process dies between the commit of a write and its answer', async (t) => {
  const kill = killer(1)
  const runtime = await openRuntime(t, { after: (call) => kill.strike(call) })
  kill.aim(runtime)
  const installation = runtime.install(CREATES)
  const outcome = await runtime.invoke(installation, { args: [site({})] })
  t.match(outcome, { ok: false, failure: { class: 'CRASH', retryable: true } })
  t.equal((await sites(runtime)).length, 1, 'what was written is there')
  const { data } = await runtime.invocations.runs(ORGANIZATION, { installationId: installation.id })
  t.match(data, [{ outcome: 'failed', failure: { class: 'CRASH' }, usage: { hostCalls: 1 } }], 'the run has its row')
  t.equal(await rows(runtime, 'sandbox.incident'), 0, 'it waited for its host: no fault of its own')
  t.match(await runtime.invoke(installation, { args: [site({ reference: 'other' })] }), { ok: true })
  t.equal((await sites(runtime)).length, 2, 'control: a host that tries again by itself would have written twice')
})

t.test('a process dies before its write begins', async (t) => {
  const kill = killer(1)
  const runtime = await openRuntime(t, { before: (call) => kill.strike(call) })
  kill.aim(runtime)
  const outcome = await runtime.invoke(runtime.install(CREATES), { args: [site({})] })
  t.match(outcome, { ok: false, failure: { class: 'CRASH', retryable: true, incident: false } })
  const written = await sites(runtime)
  t.equal(written.length, 0, 'a run that is over writes nothing any more')
})

t.test('a process dies under many runs, of which one was at work', async (t) => {
  const never = new Promise<void>(() => {})
  const reached: string[] = []
  const before = (call: HostCall) => {
    const { key } = call.args as { key: string }
    reached.push(key)
    return key === 'wait' ? never : undefined
  }
  const runtime = await openRuntime(t, { maxChildren: 2, before })
  const waits = () => runtime.install('async check(ctx) { await ctx.kv.get("wait") }')
  const waiting = Array.from({ length: 6 }, waits)
  const spinning = runtime.install('async check(ctx) { await ctx.kv.get("spin"); for (;;) {} }')
  const other = runtime.install('check: () => "fine"', { organizationId: 'org_other' })
  const ends = waiting.map((installation) => runtime.invoke(installation, { limits: { wallMs: 5_000 } }))
  const reach = (count: number) =>
    eventually('all are there', async () => reached.length === count || undefined, { withinMs: 5_000, everyMs: 5 })
  await reach(waiting.length)
  const offender = runtime.invoke(spinning, { limits: { sliceMs: 2_000, cpuMs: 2_000 } })
  await reach(waiting.length + 1)
  await sleep(50)
  const struck = performance.now()
  process.kill(childOf(runtime.sandbox, ORGANIZATION), 'SIGKILL')
  t.match(await runtime.invoke(other), { ok: true, value: 'fine' })
  t.match(await offender, { ok: false, failure: { class: 'CRASH', retryable: true, incident: true } })
  for (const end of await Promise.all(ends))
    t.match(end, { ok: false, failure: { class: 'CRASH', retryable: true, incident: false } })
  t.ok(performance.now() - struck < GRACE_MS, 'all are told within a second')
  t.equal(await rows(runtime, 'sandbox.incident'), 1, 'one is blamed')
})

t.test('jobs whose process dies', async (t) => {
  const killed = new Set<string>()
  let runtime: TestRuntime | undefined
  let poison = ''
  const after = async (call: { name: string }, id: string) => {
    const isPoison = id === poison
    if (!runtime || call.name !== 'kv.set' || (!isPoison && killed.has(id))) return
    killed.add(id)
    process.kill(childOf(runtime.sandbox, organizationOf(id)), 'SIGKILL')
    await sleep(5)
  }
  const organizations = new Map<string, string>()
  const organizationOf = (id: string) => organizations.get(id) ?? ''
  runtime = await openRuntime(t, { after, maxChildren: 4 })
  const jobs = runJobs(t, runtime)
  const add = (name: string) => {
    const installation = (runtime as TestRuntime).install(
      'async check(ctx) { await ctx.kv.set("k", 1); return "fine" }',
      {
        organizationId: name,
      },
    )
    organizations.set(installation.id, name)
    return installation
  }
  const [poisoned, ...good] = ['org_poisoned', 'org_b', 'org_c'].map(add)
  if (!poisoned) throw new Error('there is no poisoned one')
  poison = poisoned.id
  const queued = await Promise.all(
    [poisoned, ...good].map(({ organizationId, id }) =>
      jobs.enqueue(runtime.store, { organizationId, type: 'run', payload: { id } }),
    ),
  )
  await eventually('all are through', async () => (await allFinal(jobs, queued)) || undefined, {
    withinMs: 15_000,
    everyMs: 20,
  })
  const [bad, ...others] = await Promise.all(queued.map(({ organizationId, _id }) => jobs.get(organizationId, _id)))
  t.match(bad, { state: 'DEAD', attempts: 3, lastError: { code: 'CRASH' } }, 'the poisoned one is given up')
  for (const job of others) t.match(job, { state: 'DONE', attempts: 2 }, 'the others went well the second time')
  await jobs.stop()
})

type Jobs = ReturnType<typeof createJobs>

function runJobs(t: Test, runtime: TestRuntime): Jobs {
  const { store, ids } = runtime
  const jobs = createJobs({
    store,
    clock: systemClock,
    ids,
    log: createLog('silent'),
    nodeId: 'node-1',
    pollMs: 10,
    random: () => 0,
  })
  t.teardown(() => jobs.stop())
  jobs.register('run', {
    maxAttempts: 3,
    async handle({ organizationId, payload }) {
      const { id } = payload as { id: string }
      const outcome = await runtime.invocations.invoke({
        organizationId,
        installationId: id,
        handler: ['check'],
        args: [],
        reason: 'sync',
      })
      if (outcome.ok) return { done: outcome.value }
      const { code, message, retryable } = outcome.failure
      return retryable ? { retry: { error: { code, message } } } : { failed: { code, message } }
    },
  })
  jobs.start()
  return jobs
}

async function allFinal(jobs: Jobs, queued: readonly { organizationId: string; _id: string }[]): Promise<boolean> {
  const now = await Promise.all(queued.map(({ organizationId, _id }) => jobs.get(organizationId, _id)))
  return now.every((job) => job && ['DONE', 'DEAD', 'CANCELLED'].includes(job.state))
}
