/**
 * Every refusal that an extension can catch is an `AnnexError` with one of these codes. A code is never reused.
 * `retryable` says whether the same call may succeed later without a change.
 */
export const ERROR_CODES = {
  PERMISSION_DENIED: { retryable: false, meaning: 'The grant of this installation does not allow the call.' },
  EGRESS_DENIED: { retryable: false, meaning: 'The address is not one that the installation may reach.' },
  QUOTA_EXCEEDED: { retryable: false, meaning: 'A limit of the run or of the installation is used up.' },
  INVALID_ARGUMENT: { retryable: false, meaning: 'The arguments do not fit the schema of the call.' },
  NOT_FOUND: { retryable: false, meaning: 'There is no such record, or the grant does not show it.' },
  CONFLICT: { retryable: false, meaning: 'The record was changed or taken in the meantime.' },
  CONNECTION_FAILED: { retryable: true, meaning: 'The upstream could not be reached.' },
  AUTHENTICATION_FAILED: { retryable: false, meaning: 'The upstream refused the credentials.' },
  RATE_LIMIT_EXCEEDED: { retryable: true, meaning: 'Too many calls; `retryAfter` says when to come back.' },
  TIMEOUT: { retryable: true, meaning: 'The call took longer than its deadline.' },
  CANCELLED: { retryable: false, meaning: 'The run was stopped.' },
  UNAVAILABLE: { retryable: true, meaning: 'The platform could not serve the call now.' },
} as const satisfies Record<string, { retryable: boolean; meaning: string }>

export type ErrorCode = keyof typeof ERROR_CODES

/** What crosses the bridge for a refused call. */
export interface ErrorShape {
  code: ErrorCode
  message: string
  /** Seconds. */
  retryAfter?: number
  details?: unknown
}

/** Marks every AnnexError, whichever bundle its class came from. */
const BRAND = Symbol.for('annex.error')

/** The error that `ctx` calls throw. Extensions may throw it too, for a failure with a code of the table. */
export class AnnexError extends Error {
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly retryAfter: number | undefined
  readonly details: unknown
  constructor(code: ErrorCode, message: string, options: { retryAfter?: number; details?: unknown } = {}) {
    super(message)
    this.name = 'AnnexError'
    this.code = code
    this.retryable = ERROR_CODES[code].retryable
    this.retryAfter = options.retryAfter
    this.details = options.details
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** Holds for the errors of the sandbox too, whose class is not this one. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value
  }
}
