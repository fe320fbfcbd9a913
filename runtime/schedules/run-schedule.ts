import type { Clock } from '../clock.ts'
import type { InvocationOutcome, Invocations } from '../invocations/invocation.ts'
import type { Job, JobOutcome } from '../jobs/job.ts'
import type { JobHandler } from '../jobs/job-attempt.ts'
import { BACKGROUND_STEP_LIMITS } from '../sandbox/limits.ts'
import type { Store } from '../storage/port.ts'
import { type ScheduleRun, schedules } from './schedule.ts'

export const SCHEDULE_JOB = 'schedules.run'

interface RunDeps {
  store: Store
  clock: Clock
  invocations: Invocations
}

/** Calls `schedules.<name>`. Once: what failed comes again when it is due again, not before. */
export function createScheduleJob(deps: RunDeps): JobHandler {
  return {
    handle: (job, { signal }) => run(deps, job, signal),
    // A run that took its process along is not repeated until somebody or the clock asks for it.
    maxAttempts: 2,
    timeoutMs: 5 * 60_000,
  }
}

async function run({ store, clock, invocations }: RunDeps, job: Job, signal: AbortSignal): Promise<JobOutcome> {
  const { organizationId } = job
  const { scheduleId } = job.payload as { scheduleId: string }
  const mine = store.forOrganization(organizationId)(schedules)
  const schedule = await mine.get(scheduleId)
  if (!schedule) return { done: { skipped: true } }
  const startedAt = clock.iso()
  const { installationId, name } = schedule
  const outcome = await invocations.invoke({
    ...{ organizationId, installationId, handler: ['schedules', name], args: [], reason: 'schedule', signal },
    limits: BACKGROUND_STEP_LIMITS,
  })
  const lastRun = ended(outcome, startedAt, clock.iso())
  await mine.patch(scheduleId, { set: { lastRun: { ...lastRun } } })
  return { done: { outcome: lastRun.outcome, runId: outcome.runId } }
}

function ended(outcome: InvocationOutcome, startedAt: string, endedAt: string): ScheduleRun {
  const { runId } = outcome
  if (outcome.ok) return { startedAt, endedAt, outcome: 'succeeded', runId }
  const { code, message } = outcome.failure
  // Disabled between the tick and the run: nothing of it ran.
  return { startedAt, endedAt, outcome: code === 'NOT_FOUND' ? 'skipped' : 'failed', runId, error: { code, message } }
}
