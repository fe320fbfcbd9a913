import type { BatchOutcome, Isolated } from './isolate.ts'

export interface FrameWork<I, O, F> {
  /** One call with a whole frame. Throws when the trouble is not in the frame. */
  call(frame: readonly I[], signal: AbortSignal): Promise<BatchOutcome<O, F>>
  /** Finds out what it was that killed a frame. */
  search(frame: readonly I[], failure: F): Promise<Isolated<I, O, F>[]>
  /** Hears of every frame once, in their order. What it throws ends the work. */
  take(results: readonly Isolated<I, O, F>[]): void
}

type Settled<O, F> = { outcome: BatchOutcome<O, F> } | { error: unknown }

/**
 * Works on frames in their order, at most two at a time, so that one is computed while the other is on its way. Only
 * calls with whole frames overlap: extensions share a process, and what dies in it takes its neighbours along. Looked for
 * beside a search, innocent frames would seem to die again and again. Leaves nothing under way, however it ends.
 */
export async function runFrames<I, O, F>(
  frames: readonly (readonly I[])[],
  work: FrameWork<I, O, F>,
  outer: AbortSignal,
): Promise<void> {
  const stop = new AbortController()
  const signal = AbortSignal.any([outer, stop.signal])
  const calls: Promise<Settled<O, F>>[] = []

  function start(at: number): void {
    const frame = frames[at]
    if (frame && !calls[at]) calls[at] = settle(work.call(frame, signal))
  }

  try {
    for (const [at, frame] of frames.entries()) {
      start(at)
      start(at + 1)
      const settled = await calls[at]
      if (!settled || 'error' in settled) throw settled?.error
      const { outcome } = settled
      // Not beside a search.
      if (!outcome.ok) await calls[at + 1]
      work.take(outcome.ok ? paired(frame, outcome.outputs) : await work.search(frame, outcome.failure))
    }
  } finally {
    stop.abort()
    await Promise.all(calls)
  }
}

/** Never rejects: the second of two may fail while nobody looks at it yet. */
async function settle<O, F>(call: Promise<BatchOutcome<O, F>>): Promise<Settled<O, F>> {
  try {
    return { outcome: await call }
  } catch (error) {
    return { error }
  }
}

function paired<I, O, F>(frame: readonly I[], outputs: readonly O[]): Isolated<I, O, F>[] {
  return frame.map((input, i) => ({ input, output: outputs[i] as O }))
}
