import { setTimeout as sleep } from 'node:timers/promises'
import { type Clock, isoPlus } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Log } from '../log.ts'
import type { Draft, Handles, Page, Store, Transaction } from '../storage/port.ts'
import { isFinal, type Job, type JobDraft, jobs, ONLY_BEFORE_THE_END, RETENTION_MS } from './job.ts'
import type { JobHandler } from './job-attempt.ts'
import { createJobLeases } from './job-lease.ts'
import { createJobLoop, type JobLoop } from './job-loop.ts'
import { createJobWorker } from './job-worker.ts'
import { within } from './within.ts'

/** The durable queue: what is enqueued is on disk, and runs at least once until it is DONE, DEAD or CANCELLED. */
export interface Jobs {
  /** One handler per type, before `start`. */
  register(type: string, handler: JobHandler): void
  /** In a transaction, the job exists exactly when the rest does. Throws `StorageConflict` (`uniqueKey`) when taken. */
  enqueue(handles: Handles, draft: JobDraft): Promise<Job>
  /**
   * Claims the job here and now, if a place is free for it: otherwise it stays in the queue. Answers when its attempt
   * ended, or as it stands after `deadlineMs` (READY, when no place became free): it then goes on behind. A job that
   * another worker holds is waited for.
   */
  runInline(jobId: string, deadlineMs: number): Promise<Job>
  get(organizationId: string, jobId: string): Promise<Job | undefined>
  /** Newest first. */
  list(organizationId: string, query?: { limit?: number; cursor?: string }): Promise<Page<Job>>
  /** The cancelled job; `undefined` when there is none, or it is final already. */
  cancel(organizationId: string, jobId: string): Promise<Job | undefined>
  /** Claims and runs everything that is due now; answers how many attempts that were. For tests and command lines. */
  runDue(): Promise<number>
  start(): void
  /** No more claims; waits for what runs, then aborts it and gives its lease back. Safe to call twice. */
  stop(): Promise<void>
}

export interface JobsDeps {
  store: Store
  clock: Clock
  ids: Ids
  log: Log
  nodeId: string
  /** How long a silent worker keeps its job; 10 s if absent. */
  leaseMs?: number
  /** 500 ms if absent. */
  pollMs?: number
  /** How long `stop` waits before it aborts; 5 s if absent. */
  drainMs?: number
  /** A number in [0, 1), for the jitter. */
  random?: () => number
}

const DEFAULT_MAX_ATTEMPTS = 5
const PURGE_EVERY_MS = 60_000
const PURGE_AT_ONCE = 1_000
const WATCH_EVERY_MS = 50

export function createJobs(deps: JobsDeps): Jobs {
  const { store, clock, log, nodeId, leaseMs = 10_000, pollMs = 500, drainMs = 5_000, random = Math.random } = deps
  const leases = createJobLeases({ store, clock, nodeId, leaseMs })
  const handlers = new Map<string, JobHandler>()
  const worker = createJobWorker({ leases, clock, log, leaseMs, random }, handlers, () => loop.wake())
  const claim = async (): Promise<void> => void (await worker.claimDue())
  const loop: JobLoop = createJobLoop(pollMs, createRound(deps, claim))
  let stopped = false

  return {
    register(type, handler) {
      if (handlers.has(type)) throw new Error(`jobs of type ${type} have a handler already`)
      handlers.set(type, handler)
    },
    enqueue: (handles, draft) =>
      handles
        .forOrganization(draft.organizationId)(jobs)
        .insert(newJob(deps, draft, handlers.get(draft.type))),
    async runInline(jobId, deadlineMs) {
      const claimed = stopped ? undefined : await worker.claim(await find(store, jobId))
      const attempt = claimed ?? worker.active(jobId)
      const deadline = new AbortController()
      await within(deadlineMs, attempt ? attempt.ended : watch(store, jobId, deadline.signal))
      deadline.abort()
      return find(store, jobId)
    },
    get: (organizationId, jobId) => store.forOrganization(organizationId)(jobs).get(jobId),
    list: (organizationId, query = {}) =>
      store
        .forOrganization(organizationId)(jobs)
        .find({ sort: [['createdAt', 'desc']], ...query }),
    async cancel(organizationId, jobId) {
      const cancelled = await store.tx((tx) => cancelIn(tx, { clock, handlers, organizationId, jobId }))
      if (cancelled) worker.active(jobId)?.abort('cancelled')
      return cancelled
    },
    async runDue() {
      let count = 0
      for (let begun = await worker.claimDue(); begun.length > 0; begun = await worker.claimDue()) {
        count += begun.length
        await Promise.all(begun.map((attempt) => attempt.left))
      }
      return count
    },
    start: () => loop.start(),
    async stop() {
      stopped = true
      await loop.stop()
      await worker.drain(drainMs)
    },
  }
}

/** One round of the poll: claim what is due; now and then forget what is long done. */
function createRound({ store, clock, log }: JobsDeps, claim: () => Promise<void>): () => Promise<void> {
  const everyTenant = store.asSystem('finished jobs of every organization are forgotten')
  let purgeAt = 0
  return async () => {
    try {
      await claim()
      if (clock.now() < purgeAt) return
      purgeAt = clock.now() + PURGE_EVERY_MS
      const forgotten = await everyTenant(jobs).deleteWhere({ purgeAt: { $lte: clock.iso() } }, PURGE_AT_ONCE)
      // There is more: the next round goes on with it.
      if (forgotten === PURGE_AT_ONCE) purgeAt = 0
    } catch (error) {
      log.error({ err: error }, 'the queue could not be read')
    }
  }
}

function newJob({ clock, ids }: JobsDeps, draft: JobDraft, handler: JobHandler | undefined): Draft<Job> {
  const { organizationId, type, payload, runAt, uniqueKey, group = organizationId } = draft
  const createdAt = clock.iso()
  return {
    _id: ids('job'),
    type,
    group,
    payload,
    state: 'READY',
    dueAt: runAt ?? createdAt,
    attempts: 0,
    maxAttempts: draft.maxAttempts ?? handler?.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
    leaseToken: 0,
    createdAt,
    ...(uniqueKey === undefined ? {} : { uniqueKey }),
  }
}

/** Final at once: the worker that holds it loses its lease, so nothing of its result can be stored. */
async function cancelIn(
  tx: Transaction,
  request: { clock: Clock; handlers: ReadonlyMap<string, JobHandler>; organizationId: string; jobId: string },
): Promise<Job | undefined> {
  const { clock, handlers, organizationId, jobId } = request
  const mine = tx.forOrganization(organizationId)(jobs)
  const job = await mine.get(jobId)
  if (!job || isFinal(job)) return undefined
  const now = clock.iso()
  const patch = {
    set: { state: 'CANCELLED', finishedAt: now, purgeAt: isoPlus(now, RETENTION_MS) },
    inc: { leaseToken: 1 },
    unset: ONLY_BEFORE_THE_END,
  }
  const cancelled = await mine.patch(jobId, patch, { rev: job.rev })
  if (cancelled) await handlers.get(cancelled.type)?.settled?.(tx, cancelled)
  return cancelled
}

/** Another worker has the job: nobody but the store tells how it goes. */
async function watch(store: Store, jobId: string, until: AbortSignal): Promise<void> {
  while (!until.aborted && !isFinal(await find(store, jobId))) {
    await sleep(WATCH_EVERY_MS, undefined, { signal: until })
  }
}

async function find(store: Store, jobId: string): Promise<Job> {
  const job = await store.asSystem('the caller was given this job')(jobs).get(jobId)
  if (!job) throw new Error(`there is no job ${jobId}`)
  return job
}
