import type { Job } from './job.ts'
import { type AttemptDeps, type JobAttempt, type JobHandler, startAttempt } from './job-attempt.ts'
import { within } from './within.ts'

/** What one node is working on. */
export interface JobWorker {
  /** Claims this very job, if it is due and a place is free for it, and starts it. */
  claim(job: Job): Promise<JobAttempt | undefined>
  active(jobId: string): JobAttempt | undefined
  /** Claims what is due, as far as there are free places, and starts it. */
  claimDue(): Promise<JobAttempt[]>
  /** No more claims; what runs has `drainMs` to end, then it is aborted and its lease given back. */
  drain(drainMs: number): Promise<void>
}

const DEFAULT_CONCURRENCY = 8
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
  const inTurn = createTurns()
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

  /** Whether the type has a free place, and the groups that hold as many as one may. */
  function placesOf(type: string): { free: boolean; full: string[] } {
    const places = handlers.get(type)?.concurrency ?? DEFAULT_CONCURRENCY
    const groups = [...attempts.values()].filter(({ job }) => job.type === type).map(({ job }) => groupOf(job))
    const most = Math.max(1, Math.floor(places / 2))
    const full = [...new Set(groups)].filter((group) => groups.filter((each) => each === group).length >= most)
    return { free: !draining && groups.length < places, full }
  }

  function claimNext(type: string): Promise<JobAttempt | undefined> {
    return inTurn(async () => {
      const { free, full } = placesOf(type)
      const job = free ? await deps.leases.claimNext(type, turns.get(type) ?? '', full) : undefined
      if (!job) return undefined
      turns.set(type, groupOf(job))
      return begin(job)
    })
  }

  return {
    claim: (job) =>
      inTurn(async () => {
        const { free, full } = placesOf(job.type)
        const claimed = free && !full.includes(groupOf(job)) ? await deps.leases.claim(job._id) : undefined
        return claimed && begin(claimed)
      }),
    active: (jobId) => attempts.get(jobId),
    async claimDue() {
      const begun: JobAttempt[] = []
      for (const type of handlers.keys()) {
        for (let next = await claimNext(type); next; next = await claimNext(type)) begun.push(next)
      }
      return begun
    },
    drain(drainMs) {
      draining = true
      return drain(() => [...attempts.values()], drainMs)
    },
  }
}

/** A final job has no group any more, but what runs is not final: this only tells the compiler so. */
function groupOf(job: Job): string {
  return job.group ?? job.organizationId
}

/** One claim at a time: two that count the places at once would both take the last one. */
function createTurns(): <T>(claim: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (claim) => {
    const result = last.then(claim)
    // Its failure is its caller's; the next one only waits for the end.
    last = result.catch(() => undefined)
    return result
  }
}

async function drain(attempts: () => readonly JobAttempt[], drainMs: number): Promise<void> {
  const left = () => Promise.all(attempts().map((attempt) => attempt.left))
  await within(drainMs, left())
  for (const attempt of attempts()) attempt.abort('stopping')
  await Promise.all(attempts().map((attempt) => attempt.ended))
  await within(LEAVE_MS, left())
}
