import type { Job } from './job.ts'
import { type AttemptDeps, type JobAttempt, type JobHandler, startAttempt } from './job-attempt.ts'
import { within } from './within.ts'

/** What one node is working on. */
export interface JobWorker {
  /** Runs a job that is leased already. */
  begin(job: Job): JobAttempt
  active(jobId: string): JobAttempt | undefined
  /** Claims what is due, as far as there are free places, and starts it. */
  claimDue(): Promise<JobAttempt[]>
  /** No more claims; what runs has `drainMs` to end, then it is aborted and its lease given back. */
  drain(drainMs: number): Promise<void>
}

const DEFAULT_CONCURRENCY = 2
/** After an abort a handler has this long to notice before it is left behind. */
const LEAVE_MS = 2_000

/** `onFree` is called whenever a place becomes free. */
export function createJobWorker(
  deps: AttemptDeps,
  handlers: ReadonlyMap<string, JobHandler>,
  onFree: () => void,
): JobWorker {
  const attempts = new Map<string, JobAttempt>()
  const turns = new Map<string, string>()
  let draining = false

  function begin(job: Job): JobAttempt {
    const handler = handlers.get(job.type)
    if (!handler) throw new Error(`no handler for jobs of type ${job.type}`)
    const attempt = startAttempt(deps, job, handler)
    attempts.set(job._id, attempt)
    void attempt.left.then(() => {
      if (attempts.get(job._id) === attempt) attempts.delete(job._id)
      onFree()
    })
    return attempt
  }

  function running(type: string): number {
    return [...attempts.values()].filter((attempt) => attempt.job.type === type).length
  }

  async function claimType(type: string, places: number): Promise<JobAttempt[]> {
    const begun: JobAttempt[] = []
    while (!draining && begun.length < places) {
      const job = await deps.leases.claimNext(type, turns.get(type) ?? '')
      if (!job) break
      turns.set(type, job.group)
      begun.push(begin(job))
    }
    return begun
  }

  return {
    begin,
    active: (jobId) => attempts.get(jobId),
    async claimDue() {
      const begun: JobAttempt[] = []
      for (const [type, { concurrency = DEFAULT_CONCURRENCY }] of handlers) {
        begun.push(...(await claimType(type, concurrency - running(type))))
      }
      return begun
    },
    drain(drainMs) {
      draining = true
      return drain(() => [...attempts.values()], drainMs)
    },
  }
}

async function drain(attempts: () => readonly JobAttempt[], drainMs: number): Promise<void> {
  const left = () => Promise.all(attempts().map((attempt) => attempt.left))
  await within(drainMs, left())
  for (const attempt of attempts()) attempt.abort('stopping')
  await Promise.all(attempts().map((attempt) => attempt.ended))
  await within(LEAVE_MS, left())
}
