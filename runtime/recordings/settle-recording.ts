import type { Sandbox } from '../sandbox/run.ts'
import { OWN_ENDS, type Recording } from './recording.ts'
import { type ReplayedCode, replayRecording } from './replay.ts'

/**
 * Where values were hidden, the code may compute something else from what stands for them: runs it once with the
 * stand-ins, and keeps what it says to them, so that from then on a replay is equal to the byte. The recording as it is
 * where that is not possible: the code takes another way, or its end is one that nobody wants twice. `undefined` where
 * the code could not be run now.
 */
export async function settleRecording(
  sandbox: Sandbox,
  recording: Recording,
  code: ReplayedCode,
): Promise<Recording | undefined> {
  const { failure, hidden } = recording
  if (hidden.settled || (failure && !OWN_ENDS.has(failure.class))) return recording
  const replay = await replayRecording(sandbox, recording, code, true)
  const ended = replay.actual.failure
  if (ended?.class === 'QUEUE') return undefined
  if (replay.departure || Boolean(failure) !== Boolean(ended) || ended?.class !== failure?.class) return recording
  return {
    ...recording,
    slices: replay.slices,
    ...(failure && ended && { failure: { ...failure, message: ended.message } }),
    hidden: { ...hidden, settled: true },
  }
}
