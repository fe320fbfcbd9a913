import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { jobs as jobsCollection } from '../../../runtime/jobs/job.ts'
import { openJobs } from './open-jobs.ts'

const draft = { organizationId: 'org_a', type: 'work', payload: { n: 1 } }

t.test('a job whose worker dies is taken over after its lease, and ends in DEAD', async (t) => {
  const { store, clock, node } = await openJobs(t)
  const everybody = store.asSystem('a worker that dies right after its claim')
  const jobs = node('b')
  let ended: string | undefined
  jobs.register('work', {
    handle: async () => ({ done: null }),
    settled: async (_tx, job) => {
      ended = job.state
    },
  })
  const job = await jobs.enqueue(store, { ...draft, maxAttempts: 2 })
  const claim = { set: { state: 'LEASED', worker: 'a' }, inc: { attempts: 1, leaseToken: 1 } }
  for (let i = 0; i < 2; i++) {
    const dueAt = new Date(clock.now() + 10_000).toISOString()
    await everybody(jobsCollection).patch(job._id, { ...claim, set: { ...claim.set, dueAt } })
    t.equal(await jobs.runDue(), 0, 'the lease holds')
    clock.pass(10_001)
  }
  t.equal(await jobs.runDue(), 1)
  t.match(await jobs.get('org_a', job._id), { state: 'DEAD', attempts: 2, lastError: { code: 'CRASH' } })
  t.equal(ended, 'DEAD')
})

t.test('a worker that lost its lease can neither commit nor end the job', async (t) => {
  const { store, clock, node } = await openJobs(t)
  const frozen = node('frozen', { leaseMs: 600_000 })
  const other = node('other')
  const started = Promise.withResolvers<void>()
  const thaw = Promise.withResolvers<void>()
  let commit: Promise<unknown> | undefined
  frozen.register('work', {
    handle: async (_job, { fence }) => {
      started.resolve()
      await thaw.promise
      commit = store.tx((tx) => fence.assert(tx))
      await commit
      return { done: 'frozen' }
    },
  })
  other.register('work', { handle: async () => ({ done: 'other' }) })
  const job = await frozen.enqueue(store, draft)
  const running = frozen.runDue()
  await started.promise
  clock.pass(600_001)
  t.equal(await other.runDue(), 1)
  thaw.resolve()
  await running
  await t.rejects(commit ?? Promise.resolve(), { code: 'LEASE_LOST' })
  t.match(await other.get('org_a', job._id), { state: 'DONE', result: 'other', leaseToken: 2 })
})

t.test('heartbeats keep the lease; a lost one aborts the handler', async (t) => {
  const { store, clock, node } = await openJobs(t)
  const jobs = node('a', { leaseMs: 60 })
  const other = node('b', { leaseMs: 60 })
  const why: unknown[] = []
  const started = Promise.withResolvers<void>()
  jobs.register('work', {
    handle: (_job, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          why.push(signal.reason.why)
          reject(signal.reason)
        })
        started.resolve()
      }),
  })
  other.register('work', { handle: async () => ({ done: 'other' }) })
  const job = await jobs.enqueue(store, draft)
  const running = jobs.runDue()
  await started.promise
  for (let i = 0; i < 5; i++) {
    clock.pass(40)
    await sleep(30)
    t.equal(await other.runDue(), 0, 'renewed')
  }
  clock.pass(1_000)
  while ((await other.runDue()) === 0) clock.pass(1_000)
  await running
  t.same(why, ['lost'])
  t.equal((await jobs.get('org_a', job._id))?.result, 'other')
})

t.test('a handler over its time limit is aborted and tried again', async (t) => {
  const { store, node } = await openJobs(t)
  const jobs = node('a')
  let reason: unknown
  jobs.register('work', {
    timeoutMs: 20,
    handle: (_job, { signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason.why
          resolve({ done: 'too late' })
        })
      }),
  })
  const job = await jobs.enqueue(store, draft)
  await jobs.runDue()
  t.equal(reason, 'timeout')
  t.match(await jobs.get('org_a', job._id), { state: 'READY', lastError: { code: 'TIMEOUT' } })
})

t.test('many workers never run a job twice', async (t) => {
  const { store, node } = await openJobs(t)
  const runs = new Map<string, number>()
  const nodes = ['a', 'b', 'c'].map((name) => node(name))
  for (const jobs of nodes) {
    jobs.register('work', {
      handle: async ({ _id }) => {
        runs.set(_id, (runs.get(_id) ?? 0) + 1)
        return { done: null }
      },
    })
  }
  const [first] = nodes
  for (let i = 0; i < 30; i++) await first?.enqueue(store, draft)
  await Promise.all(nodes.map((jobs) => jobs.runDue()))
  t.equal(runs.size, 30)
  t.ok([...runs.values()].every((count) => count === 1))
})
