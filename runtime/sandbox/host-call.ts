import type { ErrorShape } from '@annex/sdk/errors'
import type { Json } from '@annex/sdk/json'

/** A call as it leaves the sandbox: the name and arguments are the guest's and not to be trusted. */
export interface HostCall {
  name: string
  args: unknown
}

export type HostCallResult = { ok: true; value: Json } | { ok: false; error: ErrorShape }

/** Answers host calls of one run. Never rejects: a fault of ours becomes `UNAVAILABLE` with a reference in the log. */
export type Dispatch = (call: HostCall, signal: AbortSignal) => Promise<HostCallResult>
