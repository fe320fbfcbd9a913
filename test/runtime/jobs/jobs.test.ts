import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Job, JobOutcome } from '../../../runtime/jobs/job.ts'
import type { Jobs } from '../../../runtime/jobs/jobs.ts'
import { openJobs } from './open-jobs.ts'

const draft = { organizationId: 'org_a', type: 'work', payload: { n: 1 } }
const SIX_HOURS = 6 * 60 * 60 * 1_000

function deferred(): { promise: Promise<void>; resolve: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { promise, resolve }
}

async function state(jobs: Jobs, job: Job): Promise<string | undefined> {
  return (await jobs.get('org_a', job._id))?.state
}

t.test('a job runs once and keeps its result', async (t) => {
  const { store, node } = await openJobs(t)
  const jobs = node('a')
  let runs = 0
  jobs.register('work', { handle: async ({ payload }) => ({ done: { saw: payload, runs: ++runs } }) })
  const job = await jobs.enqueue(store, draft)
  t.equal(await jobs.runDue(), 1)
  t.equal(await jobs.runDue(), 0)
  const done = await jobs.get('org_a', job._id)
  t.match(done, { state: 'DONE', result: { saw: { n: 1 }, runs: 1 }, attempts: 1 })
  t.equal(done?.dueAt, undefined)
})

t.test('another organization does not see the job', async (t) => {
  const { store, node } = await openJobs(t)
  const jobs = node('a')
  const job = await jobs.enqueue(store, draft)
  t.equal(await jobs.get('org_b', job._id), undefined)
  t.equal(await jobs.cancel('org_b', job._id), undefined)
  t.same((await jobs.list('org_b')).data, [])
  t.equal((await jobs.list('org_a')).data.length, 1)
})

t.test('a job of a transaction that fails does not exist', async (t) => {
  const { store, node } = await openJobs(t)
  const jobs = node('a')
  const failing = store.tx(async (tx) => {
    await jobs.enqueue(tx, draft)
    throw new Error('no')
  })
  await t.rejects(failing, /no/)
  t.same((await jobs.list('org_a')).data, [])
})

t.test('a failure is tried again after a jittered, doubling wait and ends in DEAD', async (t) => {
  const { store, clock, node } = await openJobs(t)
  const jobs = node('a')
  const waits: number[] = []
  jobs.register('work', {
    maxAttempts: 4,
    handle: async () => ({ retry: { error: { code: 'CONNECTION_FAILED', message: 'no route' } } }),
  })
  const job = await jobs.enqueue(store, draft)
  for (let i = 0; i < 4; i++) {
    t.equal(await jobs.runDue(), 1)
    const dueAt = (await jobs.get('org_a', job._id))?.dueAt
    if (dueAt !== undefined) waits.push(Date.parse(dueAt) - clock.now())
    clock.pass((waits.at(-1) ?? 0) - 1)
    t.equal(await jobs.runDue(), 0, 'not before its time')
    clock.pass(1)
  }
  t.same(waits, [1_000, 2_000, 4_000], 'half of 2, 4 and 8 s')
  t.match(await jobs.get('org_a', job._id), { state: 'DEAD', attempts: 4, lastError: { code: 'CONNECTION_FAILED' } })
})

t.test('a wait that was asked for is honoured, capped, and no attempt', async (t) => {
  const { store, clock, node } = await openJobs(t)
  const jobs = node('a')
  let afterMs = 30_000
  const error = { code: 'RATE_LIMIT_EXCEEDED', message: 'slow down' }
  jobs.register('work', { maxAttempts: 1, handle: async () => ({ retry: { error, afterMs, countAttempt: false } }) })
  const job = await jobs.enqueue(store, draft)
  await jobs.runDue()
  t.match(await jobs.get('org_a', job._id), { state: 'READY', attempts: 0 })
  clock.pass(30_000)
  afterMs = 10 * SIX_HOURS
  await jobs.runDue()
  const waiting = await jobs.get('org_a', job._id)
  t.equal(Date.parse(waiting?.dueAt ?? '') - clock.now(), SIX_HOURS)
})

t.test('a handler that throws is tried again', async (t) => {
  const { store, clock, node } = await openJobs(t)
  const jobs = node('a')
  let calls = 0
  jobs.register('work', {
    handle: async (): Promise<JobOutcome> => {
      if (++calls === 1) throw new Error('a bug with a secret in its message')
      return { done: null }
    },
  })
  const job = await jobs.enqueue(store, draft)
  await jobs.runDue()
  const failed = await jobs.get('org_a', job._id)
  t.match(failed, { state: 'READY', lastError: { code: 'INTERNAL_ERROR' } })
  t.notMatch(failed?.lastError?.message, /secret/)
  clock.pass(10_000)
  await jobs.runDue()
  t.equal(await state(jobs, job), 'DONE')
})

t.test('a unique key holds until the job is final', async (t) => {
  const { store, node } = await openJobs(t)
  const jobs = node('a')
  jobs.register('work', { handle: async () => ({ failed: { code: 'NO', message: 'no' } }) })
  await jobs.enqueue(store, { ...draft, uniqueKey: 'k' })
  await t.rejects(jobs.enqueue(store, { ...draft, uniqueKey: 'k' }), { code: 'STORAGE_CONFLICT', index: 'uniqueKey' })
  await jobs.enqueue(store, { ...draft, organizationId: 'org_b', uniqueKey: 'k' })
  await jobs.runDue()
  const again = await jobs.enqueue(store, { ...draft, uniqueKey: 'k' })
  await jobs.cancel('org_a', again._id)
  await jobs.enqueue(store, { ...draft, uniqueKey: 'k' })
})

t.test('cancelling ends a waiting and a running job for good', async (t) => {
  const { store, node } = await openJobs(t)
  const jobs = node('a')
  const settled: string[] = []
  const started = deferred()
  jobs.register('work', {
    handle: (_job, { signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ done: 'ignored' }))
        started.resolve()
      }),
    settled: async (_tx, { state }) => void settled.push(state),
  })
  const waiting = await jobs.enqueue(store, draft)
  t.match(await jobs.cancel('org_a', waiting._id), { state: 'CANCELLED' })
  const running = await jobs.enqueue(store, draft)
  const due = jobs.runDue()
  await started.promise
  await jobs.cancel('org_a', running._id)
  await due
  t.equal(await state(jobs, running), 'CANCELLED')
  t.equal(await jobs.cancel('org_a', running._id), undefined, 'final states never change')
  t.same(settled, ['CANCELLED', 'CANCELLED'])
})

t.test('runInline answers with the result, or with the job as it stands', async (t) => {
  const { store, node } = await openJobs(t)
  const jobs = node('a')
  const slow = deferred()
  jobs.register('work', { handle: async () => ({ done: 'quick' }) })
  jobs.register('slow', { handle: async () => slow.promise.then(() => ({ done: 'slow' })) })
  const quick = await jobs.enqueue(store, draft)
  t.match(await jobs.runInline(quick._id, 5_000), { state: 'DONE', result: 'quick' })
  const later = await jobs.enqueue(store, { ...draft, type: 'slow' })
  t.match(await jobs.runInline(later._id, 20), { state: 'LEASED' })
  const watching = node('b').runInline(later._id, 5_000)
  slow.resolve()
  t.match(await watching, { state: 'DONE', result: 'slow' }, 'another node waits for it')
})

t.test('stop gives running jobs back without counting an attempt', async (t) => {
  const { store, node } = await openJobs(t)
  const jobs = node('a', { drainMs: 20 })
  const started = deferred()
  jobs.register('work', {
    handle: (_job, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
        started.resolve()
      }),
  })
  jobs.start()
  const job = await jobs.enqueue(store, draft)
  await started.promise
  await jobs.stop()
  t.match(await jobs.get('org_a', job._id), { state: 'READY', attempts: 0 })
  await jobs.stop()
})

t.test('stop waits for a handler that ends in time', async (t) => {
  const { store, node } = await openJobs(t)
  const jobs = node('a', { drainMs: 5_000 })
  const started = deferred()
  jobs.register('work', {
    handle: async () => {
      started.resolve()
      await sleep(30)
      return { done: 'in time' }
    },
  })
  jobs.start()
  const job = await jobs.enqueue(store, draft)
  await started.promise
  await jobs.stop()
  t.match(await jobs.get('org_a', job._id), { state: 'DONE', result: 'in time' })
})

t.test('organizations take turns, however many jobs one of them has', async (t) => {
  const { store, clock, node } = await openJobs(t)
  const jobs = node('a')
  const order: string[] = []
  jobs.register('work', {
    concurrency: 1,
    handle: async ({ organizationId }) => {
      order.push(organizationId)
      return { done: null }
    },
  })
  for (let i = 0; i < 4; i++) await jobs.enqueue(store, { ...draft, organizationId: 'org_loud' })
  clock.pass(1_000)
  for (const organizationId of ['org_a', 'org_z']) await jobs.enqueue(store, { ...draft, organizationId })
  await jobs.runDue()
  t.same(order, ['org_a', 'org_loud', 'org_z', 'org_loud', 'org_loud', 'org_loud'])
})

t.test('no more than its places run at once, and no more than half of them for one organization', async (t) => {
  const { store, node } = await openJobs(t)
  const jobs = node('a')
  let now = 0
  let most = 0
  jobs.register('work', {
    concurrency: 4,
    handle: async () => {
      most = Math.max(most, ++now)
      await sleep(5)
      now--
      return { done: null }
    },
  })
  for (let i = 0; i < 6; i++) await jobs.enqueue(store, draft)
  t.equal(await jobs.runDue(), 6)
  t.equal(most, 2)
  for (const organizationId of ['org_a', 'org_b', 'org_c'])
    for (let i = 0; i < 3; i++) await jobs.enqueue(store, { ...draft, organizationId })
  t.equal(await jobs.runDue(), 9)
  t.equal(most, 4)
})

t.test('long jobs of one organization leave places to the others, whoever waits for them', async (t) => {
  const { store, node } = await openJobs(t)
  const jobs = node('a')
  const long = deferred()
  jobs.register('work', {
    concurrency: 4,
    handle: async ({ payload }) =>
      payload === 'long' ? long.promise.then(() => ({ done: 'long' })) : { done: 'short' },
  })
  const loud = { ...draft, organizationId: 'org_m', payload: 'long' }
  for (let i = 0; i < 2; i++)
    t.match(await jobs.runInline((await jobs.enqueue(store, loud))._id, 1), { state: 'LEASED' })
  const third = await jobs.enqueue(store, loud)
  t.match(await jobs.runInline(third._id, 60), { state: 'READY', attempts: 0 }, 'it has its half')
  for (const organizationId of ['org_a', 'org_z']) {
    const waiting = await jobs.enqueue(store, { ...draft, organizationId })
    t.match(await jobs.runInline(waiting._id, 5_000), { state: 'DONE', result: 'short' })
    const queued = await jobs.enqueue(store, { ...draft, organizationId })
    t.equal(await jobs.runDue(), 1)
    t.match(await jobs.get(organizationId, queued._id), { state: 'DONE' })
  }
  t.match(await jobs.get('org_m', third._id), { state: 'READY', attempts: 0 })
  jobs.start()
  const awaited = jobs.runInline(third._id, 5_000)
  long.resolve()
  t.match(await awaited, { state: 'DONE', result: 'long' }, 'the queue takes it when a place is free')
})

t.test('final jobs are no part of what a claim reads', async (t) => {
  const { store, node } = await openJobs(t)
  const jobs = node('a')
  jobs.register('work', {
    handle: async ({ payload }) => (payload === 'bad' ? { failed: { code: 'NO', message: 'no' } } : { done: null }),
  })
  for (let i = 0; i < 30; i++)
    await jobs.enqueue(store, { ...draft, payload: i % 2 ? 'bad' : 'good', uniqueKey: `${i}` })
  await jobs.runDue()
  await jobs.cancel('org_a', (await jobs.enqueue(store, draft))._id)
  const { data } = await jobs.list('org_a', { limit: 100 })
  t.equal(data.length, 31)
  for (const job of data) t.same([job.group, job.dueAt, job.uniqueKey], [undefined, undefined, undefined], job.state)
  const next = await jobs.enqueue(store, draft)
  t.equal(next.group, 'org_a')
  t.equal(await jobs.runDue(), 1)
  t.equal(await state(jobs, next), 'DONE')
})

t.test('finished and cancelled jobs are forgotten after a week, dead ones after a month', async (t) => {
  const { store, clock, node } = await openJobs(t)
  const jobs = node('a')
  jobs.register('work', {
    handle: async ({ payload }) => (payload === 'bad' ? { failed: { code: 'NO', message: 'no' } } : { done: null }),
  })
  const done = await jobs.enqueue(store, { ...draft, payload: 'good' })
  const dead = await jobs.enqueue(store, { ...draft, payload: 'bad' })
  await jobs.runDue()
  const cancelled = await jobs.enqueue(store, draft)
  await jobs.cancel('org_a', cancelled._id)
  clock.pass(8 * 24 * 60 * 60 * 1_000)
  jobs.start()
  while ((await jobs.get('org_a', done._id)) !== undefined) await sleep(5)
  t.equal(await jobs.get('org_a', cancelled._id), undefined)
  t.equal(await state(jobs, dead), 'DEAD')
  clock.pass(23 * 24 * 60 * 60 * 1_000)
  while ((await jobs.get('org_a', dead._id)) !== undefined) await sleep(5)
})

t.test('a result that cannot be stored ends the job, and its work is not done again', async (t) => {
  const { store, clock, node } = await openJobs(t)
  const jobs = node('a')
  let runs = 0
  const settled: string[] = []
  jobs.register('work', {
    handle: async () => ({ done: { runs: ++runs, text: 'x'.repeat(2 * 1024 * 1024) } }),
    settled: async (_tx, { state }) => void settled.push(state),
  })
  const job = await jobs.enqueue(store, draft)
  await jobs.runDue()
  clock.pass(SIX_HOURS)
  await jobs.runDue()
  t.equal(runs, 1)
  t.match(await jobs.get('org_a', job._id), { state: 'DEAD', lastError: { code: 'INTERNAL_ERROR' } })
  t.same(settled, ['DEAD'])
})
