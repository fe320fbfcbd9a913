import type { Json, JsonObject } from '@annex/sdk/json'
import type { ActiveInstallation } from '../installation-source.ts'
import type { EventCause, KeyPrincipal, UserPrincipal } from '../permissions/principal.ts'
import type { LogLine, RunFailure, RunRequest, RunUsage, StepLimits } from '../sandbox/run.ts'

/** Why code of an extension runs; kept with the run. */
export type InvocationReason =
  | 'check'
  | 'sync'
  | 'transform'
  | 'action'
  | 'lifecycle'
  | 'test'
  | 'event'
  | 'schedule'
  | 'webhook'

export interface InvocationRequest {
  organizationId: string
  installationId: string
  /** The path in the definition: `['streams', 'sites', 'read']`. */
  handler: readonly string[]
  args: readonly Json[]
  reason: InvocationReason
  /** The person or key that started it: the run then acts with both grants. Absent for schedules and background syncs. */
  actor?: UserPrincipal | KeyPrincipal
  /** The event that it reacts to. */
  cause?: EventCause
  /** An integration's own settings, shown in `ctx.config` over the installation's. */
  config?: JsonObject
  /** Clear credentials for the injections; they reach the egress gate and never the guest. */
  credentials?: Readonly<Record<string, string>>
  signal?: AbortSignal
  limits?: Partial<StepLimits>
  /** Names the integration that the run serves, for its logs. */
  integrationId?: string
  /** Keeps the recording of the run also when it succeeds. */
  record?: boolean
  /** Names of fields about a person in what the run handles, beside those of the platform's resources: hidden in its recording. */
  personalFields?: readonly string[]
  /**
   * What runs in the place of what is active: a version that is not yet, or not any more. Asked again before every call
   * of the run; nothing when it may not act.
   */
  staged?: () => Promise<ActiveInstallation | undefined>
  /** See `RunRequest`. */
  deterministic?: NonNullable<RunRequest['deterministic']>
}

export interface InvocationSuccess {
  ok: true
  runId: string
  value: Json
  /** Always true for a plain handler; false while a generator has more. */
  done: boolean
  usage: RunUsage
  logs: LogLine[]
}

export interface InvocationFailure {
  ok: false
  runId: string
  failure: RunFailure
  usage: RunUsage
  logs: LogLine[]
}

export type InvocationOutcome = InvocationSuccess | InvocationFailure

/** A run that is pulled page by page. */
export interface OpenInvocation {
  readonly runId: string
  next(): Promise<InvocationOutcome>
  close(): Promise<void>
}

/**
 * Runs handlers of installed extensions: reads what is installed, starts the sandbox, answers the host calls under the
 * installation's grant, keeps a row and the log lines of every run. What is not installed or disabled
 * ends as `USER_ERROR` with the code `NOT_FOUND`. Rejects only when the store does.
 */
export interface Invocations {
  invoke(request: InvocationRequest): Promise<InvocationOutcome>
  open(request: InvocationRequest): Promise<OpenInvocation>
}
