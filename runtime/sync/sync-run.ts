import type { Job, JobOutcome } from '../jobs/job.ts'
import type { JobHandler } from '../jobs/job-attempt.ts'
import type { Fence } from '../jobs/job-lease.ts'
import type { Transaction } from '../storage/port.ts'
import { moveCheckpoint } from './checkpoint.ts'
import { closeRun, type RunEnd } from './close-run.ts'
import { patchRun, readPosition, targetOf } from './commit-page.ts'
import { integrations, isStopped } from './integration.ts'
import { credentialsOf } from './integration-credentials.ts'
import { logLines } from './integration-log.ts'
import { logRun } from './log-run.ts'
import { SyncStopped, stoppedBecause } from './page-edge.ts'
import { quarantine } from './quarantine.ts'
import { quarantinePlace } from './quarantine-place.ts'
import { TooManyRejected } from './reject-list.ts'
import { isFinalRun, resultOf, type SyncRun, syncRuns } from './run.ts'
import { runStream } from './run-stream.ts'
import { createSecretRedactor } from './secret-redactor.ts'
import { SyncFailure } from './sync-failure.ts'
import { type SyncDeps, type SyncSession, tell } from './sync-session.ts'

export const SYNC_JOB = 'sync'

/** Attempts without a committed page in between. */
const MAX_ATTEMPTS = 8
/** A run that is told to wait for longer than this is no longer only waiting. */
const PATIENCE_MS = 24 * 60 * 60 * 1_000

/**
 * The job that carries out a sync run. It can die at any instruction: all that counts is in the store, and whoever
 * takes the job over goes on from the last committed page.
 */
export function createSyncRun(deps: SyncDeps): JobHandler {
  return {
    maxAttempts: MAX_ATTEMPTS,
    timeoutMs: 6 * 60 * 60 * 1_000,
    handle: (job, { signal, fence }) => handle(deps, job, signal, fence),
    settled: (tx, job) => settle(deps, tx, job),
  }
}

async function handle(deps: SyncDeps, job: Job, signal: AbortSignal, fence: Fence): Promise<JobOutcome> {
  const run = await runOf(deps, job)
  if (!run) return { failed: { code: 'NOT_FOUND', message: 'the run of this job is gone' } }
  if (isFinalRun(run)) return outcomeOf(run)
  const session = await openSession(deps, run, signal, fence)
  if ('end' in session) return endWithout(deps, run, fence, session.end)
  try {
    await begin(session)
    for (const { stream, done } of session.run.streams) {
      if (done) continue
      await runStream(session, stream)
      await endStream(session, stream)
    }
    const partial = session.run.streams.some(({ counters }) => counters.quarantined > 0)
    return outcomeOf(await end(session, { state: partial ? 'PARTIAL' : 'SUCCEEDED' }))
  } catch (error) {
    if (signal.aborted) throw error
    if (error instanceof SyncStopped) return outcomeOf(await end(session, stopped(run, error.message)))
    if (!(error instanceof SyncFailure)) throw error
    return error.retryable ? await postpone(session, error) : outcomeOf(await fail(session, error))
  }
}

async function runOf({ store }: SyncDeps, job: Job): Promise<SyncRun | undefined> {
  const { payload } = job
  const runId = typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? payload.runId : undefined
  return typeof runId === 'string' ? store.forOrganization(job.organizationId)(syncRuns).get(runId) : undefined
}

async function openSession(
  deps: SyncDeps,
  run: SyncRun,
  signal: AbortSignal,
  fence: Fence,
): Promise<SyncSession | { end: RunEnd }> {
  const { organizationId } = run
  const integration = await deps.store.forOrganization(organizationId)(integrations).get(run.integrationId)
  if (!integration) return missing('the integration is gone')
  const { status } = integration
  if (isStopped(status)) return { end: stopped(run, stoppedBecause(status)) }
  const connector = await deps.connectors.get(organizationId, integration.connectorId)
  const active = await deps.installations.active(organizationId, integration.connectorId)
  if (!connector || !active) return missing('the connector is not installed, or it is disabled')
  const redactor = createSecretRedactor(active.injections, credentialsOf(deps.secretBox, integration))
  return { deps, organizationId, integration, connector, fence, signal, redactor, run, lines: [], leftOut: 0 }
}

function missing(message: string): { end: RunEnd } {
  return { end: { state: 'FAILED', error: { code: 'NOT_FOUND', message } } }
}

/** The end of a run that somebody does not want any more: it says nothing of the integration's health. */
function stopped({ _id: runId }: SyncRun, message: string): RunEnd {
  return { state: 'CANCELLED', lines: [{ level: 'INFO', message, runId }] }
}

/** The upper bound is fixed here, once: a resumed run keeps it. A full run forgets the checkpoints in the same commit. */
async function begin(session: SyncSession): Promise<void> {
  const { deps, run, organizationId, integration } = session
  if (run.state === 'RUNNING') {
    tell(session, { level: 'WARN', message: 'sync goes on from its last checkpoint' })
    return
  }
  const at = deps.clock.iso()
  const positions = await Promise.all(run.streams.map(({ stream }) => readPosition(session, stream)))
  session.run = await deps.store.tx(async (tx) => {
    await session.fence.assert(tx)
    for (const [i, { stream }] of run.streams.entries()) {
      const from = positions[i]?.rev ?? 0
      const target = targetOf(session, stream)
      const place = { organizationId, integrationId: integration._id, stream, target, runId: run._id, at }
      if (run.full && from > 0) await moveCheckpoint(tx, { ...place, from, to: null })
    }
    await logLines(tx, { organizationId, integrationId: integration._id, ids: deps.ids, at }, [
      {
        level: 'INFO',
        message: `sync started by ${run.startedBy}${run.full ? ', from the beginning' : ''}`,
        runId: run._id,
      },
    ])
    return patchRun(tx, session, { state: 'RUNNING', upperBound: at, startedAt: at })
  })
}

async function endStream(session: SyncSession, stream: string): Promise<void> {
  const streams = session.run.streams.map((one) => (one.stream === stream ? { ...one, done: true } : one))
  session.run = await session.deps.store.tx(async (tx) => {
    await session.fence.assert(tx)
    return patchRun(tx, session, { streams })
  })
}

/** Back to the queue. A wait that the other side asked for is no failed attempt, as long as it stays within reason. */
async function postpone(session: SyncSession, failure: SyncFailure): Promise<JobOutcome> {
  const { deps, run } = session
  const { code, retryAfterMs } = failure
  const message = session.redactor.text(failure.message)
  const at = deps.clock.iso()
  await deps.store.tx(async (tx) => {
    await session.fence.assert(tx)
    const line = { level: 'WARN' as const, code, message: `${message}; the sync goes on later`, runId: run._id }
    const log = await logRun(tx, session, at, [line])
    await patchRun(tx, session, { errors: [...run.errors, { code, message, at }].slice(-20), log })
  })
  const waiting = code === 'RATE_LIMIT_EXCEEDED' && deps.clock.now() - Date.parse(run.createdAt) < PATIENCE_MS
  const wait = retryAfterMs === undefined ? {} : { afterMs: Math.max(retryAfterMs, 1_000) }
  return { retry: { error: { code, message }, ...wait, countAttempt: !waiting } }
}

/** Of a page with too many rejected records, the rejected ones are kept for people to look at; nothing else is. */
async function fail(session: SyncSession, failure: SyncFailure): Promise<SyncRun> {
  const { code } = failure
  const message = session.redactor.text(failure.message)
  const stream = session.run.streams.find(({ done }) => !done)?.stream
  const error = { code, message: message.slice(0, 2048).toWellFormed(), ...(stream === undefined ? {} : { stream }) }
  return end(session, { state: 'FAILED', error }, async (tx) => {
    if (!(failure instanceof TooManyRejected) || stream === undefined) return
    await quarantine(tx, quarantinePlace(session, stream, session.deps.clock.iso()), failure.rejected)
  })
}

async function end(
  session: SyncSession,
  runEnd: RunEnd,
  also: (tx: Transaction) => Promise<void> = async () => {},
): Promise<SyncRun> {
  const { deps, organizationId, integration } = session
  return deps.store.tx(async (tx) => {
    await session.fence.assert(tx)
    await also(tx)
    const lines = [...session.lines, ...(runEnd.lines ?? [])]
    const closed = await closeRun(tx, deps, session.run, { ...runEnd, lines, leftOut: session.leftOut })
    await deps.audit.within(tx, {
      organizationId,
      actor: `installation:${integration.connectorId}`,
      action: 'sync.run',
      target: integration._id,
      outcome: auditOutcome(runEnd),
      ...(runEnd.error ? { rule: runEnd.error.code } : {}),
      details: { runId: closed._id, state: closed.state },
    })
    return closed
  })
}

function auditOutcome({ error }: RunEnd): 'allowed' | 'refused' | 'failed' {
  if (!error) return 'allowed'
  return error.code === 'PERMISSION_DENIED' || error.code === 'EGRESS_DENIED' ? 'refused' : 'failed'
}

async function endWithout(deps: SyncDeps, run: SyncRun, fence: Fence, runEnd: RunEnd): Promise<JobOutcome> {
  const closed = await deps.store.tx(async (tx) => {
    await fence.assert(tx)
    return closeRun(tx, deps, run, runEnd)
  })
  return outcomeOf(closed)
}

/** A job that ends without its handler (cancelled, or out of attempts) takes its run along. */
async function settle(deps: SyncDeps, tx: Transaction, job: Job): Promise<void> {
  const { payload } = job
  const runId = typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? payload.runId : undefined
  const run = typeof runId === 'string' ? await tx.forOrganization(job.organizationId)(syncRuns).get(runId) : undefined
  if (!run || isFinalRun(run)) return
  const { code, message } = job.lastError ?? { code: 'CRASH', message: 'the job ended' }
  const failed: RunEnd = { state: 'FAILED', error: { code, message } }
  await closeRun(tx, deps, run, job.state === 'CANCELLED' ? { state: 'CANCELLED' } : failed)
}

function outcomeOf(run: SyncRun): JobOutcome {
  if (run.state !== 'FAILED') return { done: resultOf(run) }
  const { code, message } = run.errors.at(-1) ?? { code: 'UNAVAILABLE', message: 'the sync failed' }
  return { failed: { code, message } }
}
