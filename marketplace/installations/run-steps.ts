import type { Job, JobError, JobOutcome } from '../../runtime/jobs/job.ts'
import type { StepOutcome } from './step-outcome.ts'

interface Step<N extends string> {
  name: N
  work(): Promise<StepOutcome>
}

interface Around<N extends string> {
  /** Before each; false: it is not this job's any more. */
  mark(step: N): Promise<boolean>
  giveUp(failure: JobError & { step: N }): Promise<JobOutcome>
}

/** Does one step after the other: what the job comes to when one of them ends it, `undefined` when all went well. */
export async function runSteps<N extends string>(
  job: Job,
  steps: readonly Step<N>[],
  { mark, giveUp }: Around<N>,
): Promise<JobOutcome | undefined> {
  for (const { name, work } of steps) {
    if (!(await mark(name))) return { done: { skipped: true } }
    const outcome = await work()
    if (outcome.ok) continue
    const { code, message, retryable } = outcome
    if (retryable && job.attempts < job.maxAttempts) return { retry: { error: { code, message } } }
    return giveUp({ step: name, code, message })
  }
  return undefined
}
