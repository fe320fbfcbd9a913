import { pullStream } from './inbound-stream.ts'
import { pushStream } from './outbound-stream.ts'
import { SyncFailure } from './sync-failure.ts'
import { type BoundStream, boundStream, type SyncSession, tell } from './sync-session.ts'

/** Waits between the tries of one page; after the last the queue takes over. */
const PAUSES_MS = [1_000, 2_000, 4_000]
/** A longer wait is not sat out in a worker: the job comes back later. */
const MAX_PAUSE_MS = 15_000

/** Runs one stream to its end. What another try may mend is tried again from the last committed checkpoint. */
export async function runStream(session: SyncSession, name: string): Promise<void> {
  const stream = boundStream(session, name)
  let tries = 0
  for (;;) {
    const before = placeOf(session, name)
    const failure = await attempt(session, stream)
    if (!failure) return
    tries = placeOf(session, name) === before ? tries + 1 : 1
    const pause = Math.max(PAUSES_MS[tries - 1] ?? Number.POSITIVE_INFINITY, failure.retryAfterMs ?? 0)
    if (pause > MAX_PAUSE_MS) throw failure
    const message = `${name}: ${failure.message}; again in ${pause / 1_000} s`
    tell(session, { level: 'WARN', code: failure.code, message })
    await session.deps.sleep(pause, session.signal)
  }
}

/** Answers the failure that may pass; throws every other one. */
async function attempt(session: SyncSession, stream: BoundStream): Promise<SyncFailure | undefined> {
  try {
    await (stream.binding.direction === 'INBOUND' ? pullStream(session, stream) : pushStream(session, stream))
    return undefined
  } catch (error) {
    if (error instanceof SyncFailure && error.retryable && !session.signal.aborted) return error
    throw error
  }
}

/** Pages alone are no progress: a connector that begins anew each time commits them too. */
function placeOf({ run }: SyncSession, name: string): string | undefined {
  return run.streams.find(({ stream }) => stream === name)?.checkpointTo
}
