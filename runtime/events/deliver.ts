import type { Json } from '@annex/sdk/json'
import { type Clock, isoPlus } from '../clock.ts'
import type { DeclarationSource } from '../installation-declarations.ts'
import type { InstallationSource } from '../installation-source.ts'
import type { Invocations } from '../invocations/invocation.ts'
import { type Job, type JobOutcome, jobs } from '../jobs/job.ts'
import type { JobHandler } from '../jobs/job-attempt.ts'
import type { Platform } from '../platform/platform.ts'
import { BACKGROUND_STEP_LIMITS } from '../sandbox/limits.ts'
import type { Store, Transaction } from '../storage/port.ts'
import { type Delivery, deliveries } from './delivery.ts'
import { eventFor } from './event-for.ts'
import { KEEP_MS, LANE_WAIT_MS, MAX_ATTEMPTS } from './event-limits.ts'

export interface DeliverDeps {
  store: Store
  clock: Clock
  platform: Platform
  invocations: Invocations
  installations: InstallationSource
  declarations: DeclarationSource
}

/** Calls `on.<TYPE>` of the subscriber, one try a job's attempt. */
export function createDeliverJob(deps: DeliverDeps): JobHandler {
  return {
    handle: (job, { signal }) => deliver(deps, job, signal),
    settled: (tx, job) => settle(deps.clock.iso(), tx, job),
    maxAttempts: MAX_ATTEMPTS,
    timeoutMs: 5 * 60_000,
  }
}

async function deliver(deps: DeliverDeps, job: Job, signal: AbortSignal): Promise<JobOutcome> {
  const mine = deps.store.forOrganization(job.organizationId)(deliveries)
  const delivery = await mine.get(deliveryIdOf(job))
  if (delivery?.state !== 'PENDING') return skipped('it has ended before')
  if (await isBehind(deps.store, delivery)) {
    const error = { code: 'CONFLICT', message: 'an earlier event of the record is on its way' }
    return { retry: { error, afterMs: LANE_WAIT_MS, countAttempt: false } }
  }
  const { organizationId, installationId, type, eventId, depth } = delivery
  const installation = await deps.installations.active(organizationId, installationId)
  if (!installation) return skipped('the extension is disabled or uninstalled')
  const { events } = await deps.declarations.of(installation)
  if (!events.subscribes.includes(type)) return skipped('the installed version does not subscribe to it')
  const told = await eventFor(deps, delivery, installation)
  if ('skip' in told) return skipped(told.skip)
  const outcome = await deps.invocations.invoke({
    ...{ organizationId, installationId, handler: ['on', type], args: [told.event], reason: 'event', signal },
    cause: { eventId, depth: depth + 1 },
    limits: BACKGROUND_STEP_LIMITS,
  })
  if (outcome.ok) return { done: { state: 'DELIVERED', runId: outcome.runId } }
  const { code, message } = outcome.failure
  return { retry: { error: { code, message } } }
}

function skipped(reason: string): JobOutcome {
  return { done: { state: 'SKIPPED', reason } }
}

/** Whether an earlier event of the same record has not ended yet. */
async function isBehind(store: Store, { organizationId, lane, sequence }: Delivery): Promise<boolean> {
  if (lane === undefined) return false
  const page = await store
    .forOrganization(organizationId)(deliveries)
    .find({ where: { lane }, sort: [['sequence', 'asc']], limit: 1 })
  const [first] = page.data
  return first !== undefined && first.sequence < sequence
}

/** The delivery ends with its job; the next one of the lane need not wait any more. */
async function settle(now: string, tx: Transaction, job: Job): Promise<void> {
  const handle = tx.forOrganization(job.organizationId)
  const before = await handle(deliveries).get(deliveryIdOf(job))
  if (before?.state !== 'PENDING') return
  await handle(deliveries).patch(before._id, { set: ended(job, now), unset: ['lane'] })
  if (before.lane === undefined) return
  const next = await handle(deliveries).find({ where: { lane: before.lane }, sort: [['sequence', 'asc']], limit: 1 })
  const jobId = next.data[0]?.jobId
  if (jobId !== undefined) await handle(jobs).patch(jobId, { set: { dueAt: now } }, { where: { state: 'READY' } })
}

function ended(job: Job, now: string): Record<string, Json | undefined> {
  const { attempts, lastError } = job
  const error = lastError && { code: lastError.code, message: lastError.message }
  const end = { attempts, lastError: error, endedAt: now, purgeAt: isoPlus(now, KEEP_MS) }
  if (job.state === 'DEAD') return { state: 'DEAD', ...end }
  const { state = 'SKIPPED', reason } = job.state === 'DONE' ? resultOf(job) : { reason: 'it was called off' }
  return { state, reason, ...end }
}

/** What this very handler answered. */
function resultOf({ result }: Job): { state?: string; reason?: string } {
  return typeof result === 'object' && result !== null && !Array.isArray(result)
    ? {
        ...(typeof result.state === 'string' && { state: result.state }),
        ...(typeof result.reason === 'string' && { reason: result.reason }),
      }
    : {}
}

function deliveryIdOf({ payload }: Job): string {
  const id = typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? payload.deliveryId : undefined
  if (typeof id !== 'string') throw new Error('a job for no delivery')
  return id
}
