import { setTimeout as sleep } from 'node:timers/promises'
import { type Clock, isoPlus } from '../clock.ts'
import type { Log } from '../log.ts'
import { type Patch, StorageError, type Transaction } from '../storage/port.ts'
import { fullJitter, MAX_BACKOFF_MS } from './backoff.ts'
import {
  DEAD_RETENTION_MS,
  isFinal,
  type Job,
  type JobError,
  type JobOutcome,
  ONLY_BEFORE_THE_END,
  RETENTION_MS,
} from './job.ts'
import { type Fence, type JobLeases, LeaseLost } from './job-lease.ts'

/** Why a handler's signal is aborted; the `reason` of the signal. */
export class JobAborted extends Error {
  readonly why: 'cancelled' | 'lost' | 'timeout' | 'stopping'
  constructor(why: JobAborted['why']) {
    super(`the job's attempt ended: ${why}`)
    this.why = why
  }
}

export interface JobHandler {
  /** Runs one attempt. A rejection is a bug: it is logged and tried again like a failure. */
  handle(job: Job, context: { signal: AbortSignal; fence: Fence }): Promise<JobOutcome>
  /** Runs in the commit that makes the job final, whichever way it ends. */
  settled?(tx: Transaction, job: Job): Promise<void>
  /** 5 if absent; a draft's own number goes before it. */
  maxAttempts?: number
  /** Milliseconds for one attempt; 15 minutes if absent. */
  timeoutMs?: number
  /** Attempts at once on this node, those that a caller waits for included; 8 if absent. One group holds at most half. */
  concurrency?: number
}

export interface JobAttempt {
  readonly job: Job
  /** Resolves when the attempt's end is stored, or its lease is lost. Never rejects. */
  readonly ended: Promise<void>
  /** Resolves when the handler itself has returned, which may be later. Never rejects. */
  readonly left: Promise<void>
  abort(why: JobAborted['why']): void
}

const DEFAULT_TIMEOUT_MS = 15 * 60 * 1_000

export interface AttemptDeps {
  leases: JobLeases
  clock: Clock
  log: Log
  leaseMs: number
  random: () => number
}

/** Runs a leased job once: heartbeats while it lasts, ends it by its outcome, drops the outcome of a lost lease. */
export function startAttempt(deps: AttemptDeps, job: Job, handler: JobHandler): JobAttempt {
  const controller = new AbortController()
  const abort = (why: JobAborted['why']): void => controller.abort(new JobAborted(why))
  const fence = deps.leases.fence(job)
  let left: Promise<void> = Promise.resolve()

  async function attempt(): Promise<void> {
    if (job.attempts > job.maxAttempts) return finish(deps, job, handler, exhausted(job, deps.clock.iso()))
    const heartbeat = startHeartbeat(deps, job, abort)
    const timer = setTimeout(() => abort('timeout'), handler.timeoutMs ?? DEFAULT_TIMEOUT_MS)
    const work = Promise.resolve().then(() => handler.handle(job, { signal: controller.signal, fence }))
    left = work.then(nothing, nothing)
    try {
      const outcome = await outcomeOf(deps, job, work, controller.signal)
      if (outcome)
        await finish(deps, job, handler, outcome === 'released' ? released(deps.clock) : ending(deps, job, outcome))
    } finally {
      clearTimeout(timer)
      await heartbeat.stop()
    }
  }

  const ended = attempt().catch((error: unknown) => {
    deps.log.error({ jobId: job._id, type: job.type, err: error }, 'the end of a job could not be stored')
  })
  return { job, ended, left: ended.then(() => left), abort }
}

/** `undefined` when there is nothing to store. */
async function outcomeOf(
  deps: AttemptDeps,
  job: Job,
  work: Promise<JobOutcome>,
  signal: AbortSignal,
): Promise<JobOutcome | 'released' | undefined> {
  try {
    return await Promise.race([work, rejectOnAbort(signal)])
  } catch (error) {
    if (error instanceof LeaseLost) return undefined
    if (!(error instanceof JobAborted)) {
      deps.log.error({ jobId: job._id, type: job.type, err: error }, 'a job handler threw')
      return { retry: { error: { code: 'INTERNAL_ERROR', message: 'The handler of this job failed.' } } }
    }
    if (error.why === 'stopping') return 'released'
    if (error.why !== 'timeout') return undefined
    return { retry: { error: { code: 'TIMEOUT', message: 'The job took longer than its time limit.' } } }
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

async function finish(deps: AttemptDeps, job: Job, handler: JobHandler, patch: Patch): Promise<void> {
  const end = (by: Patch) =>
    deps.leases.finish(job, by, async (tx, after) => {
      if (isFinal(after)) await handler.settled?.(tx, after)
    })
  const ended = await end(patch).catch((error: unknown) => {
    // The same end would be refused again, after the same work: once is enough.
    if (!(error instanceof StorageError)) throw error
    deps.log.error({ jobId: job._id, type: job.type, err: error }, 'the end of a job cannot be stored')
    return end(dead({ code: 'INTERNAL_ERROR', message: 'The result of this job cannot be stored.' }, deps.clock.iso()))
  })
  if (!ended) deps.log.warn({ jobId: job._id, type: job.type }, 'a job lost its lease: its result is thrown away')
}

/** Back into the queue as if it had not been claimed: a stopping node is not the job's fault. */
function released(clock: Clock): Patch {
  return { set: { state: 'READY', dueAt: clock.iso() }, inc: { attempts: -1 } }
}

function ending(deps: AttemptDeps, job: Job, outcome: JobOutcome): Patch {
  const now = deps.clock.iso()
  if ('done' in outcome) {
    const set = { state: 'DONE', result: outcome.done, finishedAt: now, purgeAt: isoPlus(now, RETENTION_MS) }
    return { set, unset: ONLY_BEFORE_THE_END }
  }
  if ('failed' in outcome) return dead(outcome.failed, now)
  const { error, afterMs, countAttempt = true } = outcome.retry
  if (countAttempt && job.attempts >= job.maxAttempts) return dead(error, now)
  const wait = afterMs === undefined ? fullJitter(job.attempts, deps.random) : Math.min(afterMs, MAX_BACKOFF_MS)
  const set = { state: 'READY', dueAt: isoPlus(now, Math.max(0, wait)), lastError: { ...error, at: now } }
  return countAttempt ? { set } : { set, inc: { attempts: -1 } }
}

function dead(error: JobError, now: string): Patch {
  const purgeAt = isoPlus(now, DEAD_RETENTION_MS)
  return {
    set: { state: 'DEAD', lastError: { ...error, at: now }, finishedAt: now, purgeAt },
    unset: ONLY_BEFORE_THE_END,
  }
}

/** The claim that found the attempts used up is not one of them. */
function exhausted(job: Job, now: string): Patch {
  const crash = { code: 'CRASH', message: `The worker died in each of ${job.maxAttempts} attempts.` }
  return {
    ...dead(job.lastError ? { code: job.lastError.code, message: job.lastError.message } : crash, now),
    inc: { attempts: -1 },
  }
}

function startHeartbeat(deps: AttemptDeps, job: Job, abort: (why: 'lost') => void): { stop(): Promise<void> } {
  const stopped = new AbortController()
  const beating = beat().catch((error: unknown) => {
    if (!stopped.signal.aborted) deps.log.error({ jobId: job._id, err: error }, 'a heartbeat failed')
  })

  async function beat(): Promise<void> {
    while (!stopped.signal.aborted) {
      await sleep(deps.leaseMs / 3, undefined, { signal: stopped.signal })
      if (!(await renewed())) return abort('lost')
    }
  }

  /** A store that does not answer is no proof of a lost lease: the fence decides at the commit. */
  async function renewed(): Promise<boolean> {
    try {
      return await deps.leases.renew(job)
    } catch (error) {
      deps.log.warn({ jobId: job._id, err: error }, 'a lease could not be renewed')
      return true
    }
  }

  return {
    async stop() {
      stopped.abort()
      await beating
    },
  }
}

function nothing(): void {}
