import type { Json } from '@annex/sdk/json'
import type { PlayedSlice } from '../sandbox/playback.ts'
import type { GuestMessage, StartInput } from '../sandbox/protocol.ts'
import type { EndClass, RunFailure, RunUsage, StepLimits } from '../sandbox/run.ts'

/** The first word of each: what is written otherwise later gets another number. */
export const RECORDING_FORMAT = 'annex-recording-1'

export const RECORDING_LIMITS = {
  /** Characters that went into a run and came out of it; a longer run is not kept. */
  tapeChars: 4 * 1024 * 1024,
  /** Compressed; sealed it takes 1.8 times as much, and a document has a mebibyte. */
  storedBytes: 540 * 1024,
  keepMs: 7 * 24 * 3_600_000,
} as const

/** Ends that a run brings about by its own words; the others come from the cage or from outside. */
export const OWN_ENDS: ReadonlySet<EndClass> = new Set(['USER_ERROR', 'PERMISSION', 'EGRESS', 'QUOTA'])

/** A run as it can be run again: everything that went into the guest, and what it said. */
export interface Recording {
  format: typeof RECORDING_FORMAT
  runId: string
  installationId: string
  extension: string
  version: string
  /** SHA-256 (hex) of the package that ran. */
  digest: string
  /** The installation's: which grant and configuration it had. */
  epoch: number
  reason: string
  integrationId?: string
  startedAt: string
  endedAt: string
  /** 32 bytes, hex. */
  seed: string
  limits: StepLimits
  input: Pick<StartInput, 'handler' | 'args' | 'config' | 'installation' | 'platform'>
  slices: RecordedSlice[]
  outcome: 'succeeded' | 'failed'
  failure?: RunFailure
  usage: RunUsage
  hidden: {
    /** Values that others stand for, as they are about a person or secret. */
    personal: number
    secrets: number
    /** Whether what the run said is what it says to the stand-ins: then a replay is equal to the byte. */
    settled: boolean
  }
}

export interface RecordedSlice {
  enter: PlayedSlice['enter']
  /** The guest's time, in milliseconds since the Unix epoch. */
  now: number
  /** What was delivered: answers to calls and timers, by their numbers. */
  answers?: PlayedSlice['answers']
  /** Absent when the slice never ended. */
  said?: GuestMessage[]
}

/** The values that the run gave: one, or one for each page. */
export function resultsOf(slices: readonly RecordedSlice[]): Json[] {
  const messages = slices.flatMap(({ said = [] }) => said)
  return messages.flatMap((message) => (message.k === 'result' ? [message.value] : []))
}

/** Times that the run was asked to go on: a plain handler once, a generator for each page. */
export function stepsOf(slices: readonly RecordedSlice[]): number {
  return slices.filter(({ enter }) => enter === 'run' || enter === 'pull').length
}
