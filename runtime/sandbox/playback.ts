import type { HostCallResult } from './host-call.ts'
import type { GuestMessage } from './protocol.ts'
import type { EnterKind } from './tape.ts'

/** One slice of a recorded run: what it was given, and what it asked for then. */
export interface PlayedSlice {
  enter: EnterKind
  now: number
  answers: readonly ({ id: number } & HostCallResult)[]
  asked: readonly Asked[]
}

export type Asked = GuestMessage & { k: 'call' | 'timer' }

/** Where a run leaves its recording: the calls stand for their order, `index` counts from nought. */
export interface Departure {
  index: number
  /** What was asked for then; absent: nothing more. */
  expected?: Asked
  /** What is asked for now; absent: the run ends, or waits, without asking. */
  actual?: Asked
}

/** A recorded run to be run again: each answer comes in the batch, in the order and at the time in which it once came. */
export interface Playback {
  /** 32 bytes, hex. */
  seed: string
  slices: readonly PlayedSlice[]
  /** Whether the arguments of a call may be others than recorded, as long as the same is called. */
  anyArguments?: boolean
  /** Told once, before the run ends with CANCELLED. */
  departed(departure: Departure): void
}
