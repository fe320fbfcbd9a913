import type { ErrorCode } from '@annex/sdk/errors'

/** Why the gate does not let something pass, or why the upstream could not serve it. */
export interface Denial {
  code: ErrorCode
  /** Names the check, for the audit row. */
  rule: string
  message: string
}

export function denial(code: ErrorCode, rule: string, message: string): Denial {
  return { code, rule, message }
}

/** Carries a denial out of a callback that can only fail with an error (undici's `lookup`, a stream). */
export class DenialError extends Error {
  readonly denial: Denial
  constructor(because: Denial) {
    super(because.message)
    this.denial = because
  }
}
