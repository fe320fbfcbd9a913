import { DenialError } from './denial.ts'
import type { BodySink } from './exchange.ts'

/** The taker of a body failed by its own fault, not by the upstream's: `cause` is what it threw. */
export class SinkFailure extends Error {
  constructor(cause: unknown) {
    super('the body could not be kept', { cause })
  }
}

/** Tells the errors of the one that takes from those of the one that sends, which come out of it as well. */
export function guardSink(sink: BodySink): BodySink {
  return async (bytes, headers) => {
    let ofUpstream: unknown
    async function* watched(): AsyncGenerator<Uint8Array> {
      try {
        yield* bytes
      } catch (error) {
        ofUpstream = error
        throw error
      }
    }
    try {
      await sink(watched(), headers)
    } catch (error) {
      throw error === ofUpstream || error instanceof DenialError ? error : new SinkFailure(error)
    }
  }
}
