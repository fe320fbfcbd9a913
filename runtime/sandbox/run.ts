import type { Json, JsonObject } from '@annex/sdk/json'
import type { PlatformVersion } from '@annex/sdk/platform-version'
import type { Dispatch } from './host-call.ts'
import type { Playback } from './playback.ts'
import type { StepLimits } from './step-limits.ts'
import type { Tape } from './tape.ts'

export type { StepLimits } from './step-limits.ts'

/**
 * How a run can end badly, told from the supervisor's own facts: never from text that a guest could have written.
 * USER_ERROR: the guest threw. PERMISSION, EGRESS, QUOTA: it let a refusal of that kind end its run.
 */
export type EndClass =
  | 'CPU'
  | 'WALL'
  | 'MEMORY'
  | 'CRASH'
  | 'QUEUE'
  | 'PERMISSION'
  | 'EGRESS'
  | 'QUOTA'
  | 'USER_ERROR'
  | 'CANCELLED'

export interface RunFailure {
  class: EndClass
  /** The guest's own code when it threw one (`AnnexError`), else the class. */
  code: string
  /** At most 4 KiB. */
  message: string
  /** Frames of the extension only. */
  stack?: string
  /** Whether the same run may succeed if tried again: a crash, a full queue. */
  retryable: boolean
  /** Whether the cage had to end the run for what it did itself: a limit of its own, or the death of its process in its slice. */
  incident: boolean
  /** Seconds, when the guest's `AnnexError` carried it. The guest's word: clamp it. */
  retryAfter?: number
}

export interface RunUsage {
  /** Milliseconds of guest code, over all slices of the step. */
  cpuMs: number
  wallMs: number
  hostCalls: number
  /** Those of the host calls that go out; absent where nobody counts them. */
  fetches?: number
  /** By how much the step made its process grow at most, as far as it was looked at: short slices are not. */
  memoryBytes?: number
}

export interface LogLine {
  level: 'debug' | 'info' | 'warn' | 'error'
  message: string
  details?: JsonObject
}

/** `done: false` means that the handler is a generator and has more. */
export type StepResult =
  | { ok: true; value: Json; done: boolean; usage: RunUsage; logs: LogLine[] }
  | { ok: false; failure: RunFailure; usage: RunUsage; logs: LogLine[] }

export interface RunRequest {
  organizationId: string
  installationId: string
  extension: string
  version: string
  /** SHA-256 (hex) of the package; keys the compiled code. */
  digest: string
  /** The version of the platform that the guest sees: what `ctx` has. */
  platform: PlatformVersion
  /** The entry script; asked for only when the sandbox does not hold the digest yet. */
  source: () => Promise<string>
  /** The path to the handler in the definition: `['streams', 'sites', 'read']`. */
  handler: readonly string[]
  /** What follows `ctx` in the handler's arguments. */
  args: readonly Json[]
  /** What `ctx.config` shows. */
  config: JsonObject
  /** Answers the host calls of this run. */
  dispatch: Dispatch
  signal?: AbortSignal
  limits?: Partial<StepLimits>
  /**
   * The guest's clock stands at `now` (milliseconds since the Unix epoch) and its random numbers follow from `seed` (32
   * bytes, hex). Without it a run has a seed of its own, and its clock the time of what was last delivered to it.
   */
  deterministic?: { now: number; seed: string }
  /** Takes down what enters and leaves the guest. */
  tape?: Tape
  /** Answers the calls in the place of `dispatch`, and sets seed and time. */
  playback?: Playback
}

/** A started run: `step` starts it, and pulls the next page of a generator. */
export interface Run {
  /** Never rejects. After a failure, or after `done`, the run is over and further steps fail with CANCELLED. */
  step(): Promise<StepResult>
  /**
   * Ends the run wherever it is; safe to call twice. Gives what ended it after its last page, if that was no step's to
   * tell: whoever pulls no more must not hide it.
   */
  close(): Promise<RunFailure | undefined>
}

export interface Sandbox {
  start(request: RunRequest): Run
  status(): SandboxStatus
  /** Ends every child and waits for them. */
  close(): Promise<void>
}

export interface SandboxStatus {
  children: { pid: number; state: 'starting' | 'idle' | 'busy'; installations: number; organizationId?: string }[]
  /** Containment layers: which hold here, and why not. */
  layers: { name: string; active: boolean; detail: string }[]
  kills: Record<string, number>
}
