import type { RunFailure } from '../sandbox/run.ts'
import { TrialUnfinished } from './trial-unfinished.ts'

/** Ends that are nobody's fault are tried again so many times. */
const TRIES = 3

/** Tries once more what ended through no fault of its own. */
export async function runAgain<T>(
  work: () => Promise<T>,
  failureOf: (result: T) => RunFailure | undefined,
): Promise<T> {
  for (let left = TRIES; ; left--) {
    const result = await work()
    const failure = failureOf(result)
    if (!failure || failure.incident || !(failure.class === 'QUEUE' || failure.class === 'CRASH')) return result
    if (left > 1) continue
    throw new TrialUnfinished(failure.class === 'QUEUE' ? 'CHECK_QUEUE' : 'CHECK_CRASHED', failure.message)
  }
}
