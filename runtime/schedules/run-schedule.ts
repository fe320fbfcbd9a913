import type { JsonObject } from '@annex/sdk/json'
import type { Clock } from '../clock.ts'
import type { InvocationOutcome, Invocations } from '../invocations/invocation.ts'
import type { Job, JobOutcome } from '../jobs/job.ts'
import type { JobHandler } from '../jobs/job-attempt.ts'
import { BACKGROUND_STEP_LIMITS } from '../sandbox/limits.ts'
import type { Store, Transaction } from '../storage/port.ts'
import { type ScheduleRun, schedules } from './schedule.ts'

export const SCHEDULE_JOB = 'schedules.run'

interface RunDeps {
  store: Store
  clock: Clock
  invocations: Invocations
}

/** Calls `schedules.<name>`. Once: what failed, or took its process along, comes when it is due again, not before. */
export function createScheduleJob(deps: RunDeps): JobHandler {
  return {
    handle: (job, { signal }) => run(deps, job, signal),
    settled: settle,
    maxAttempts: 1,
    timeoutMs: 5 * 60_000,
  }
}

async function run({ store, clock, invocations }: RunDeps, job: Job, signal: AbortSignal): Promise<JobOutcome> {
  const { organizationId } = job
  const schedule = await store.forOrganization(organizationId)(schedules).get(scheduleOf(job))
  if (!schedule) return { done: { skipped: true } }
  const startedAt = clock.iso()
  const { installationId, name } = schedule
  const outcome = await invocations.invoke({
    ...{ organizationId, installationId, handler: ['schedules', name], args: [], reason: 'schedule', signal },
    limits: BACKGROUND_STEP_LIMITS,
  })
  return { done: { lastRun: { ...ended(outcome, startedAt, clock.iso()) } } }
}

function ended(outcome: InvocationOutcome, startedAt: string, endedAt: string): ScheduleRun {
  const { runId } = outcome
  if (outcome.ok) return { startedAt, endedAt, outcome: 'succeeded', runId }
  const { code, message } = outcome.failure
  // Disabled between the tick and the run: nothing of it ran.
  return { startedAt, endedAt, outcome: code === 'NOT_FOUND' ? 'skipped' : 'failed', runId, error: { code, message } }
}

/** In the commit that ends the job: also a run that was called off, took too long or took its process along is told. */
async function settle(tx: Transaction, job: Job): Promise<void> {
  const lastRun = job.state === 'DONE' ? (job.result as JsonObject).lastRun : { ...cutOff(job) }
  if (lastRun === undefined) return
  await tx.forOrganization(job.organizationId)(schedules).patch(scheduleOf(job), { set: { lastRun } })
}

/** When it began is not known any more: when it was enqueued is. */
function cutOff({ state, createdAt: startedAt, finishedAt: endedAt = startedAt, lastError }: Job): ScheduleRun {
  const calledOff = { code: 'CANCELLED', message: 'it was called off' }
  const { code, message } = state === 'CANCELLED' || !lastError ? calledOff : lastError
  return { startedAt, endedAt, outcome: 'failed', error: { code, message } }
}

function scheduleOf({ payload }: Job): string {
  return (payload as { scheduleId: string }).scheduleId
}
