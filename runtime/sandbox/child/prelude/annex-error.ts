import { ErrorClass, hide } from './primordials.ts'

/** The guest's face of a refusal: the brand makes `instanceof AnnexError` of the SDK hold for it. */
const BRAND = Symbol.for('annex.error')

const RETRYABLE: Record<string, true> = {
  __proto__: null as never,
  CONNECTION_FAILED: true,
  RATE_LIMIT_EXCEEDED: true,
  TIMEOUT: true,
  UNAVAILABLE: true,
}

export class AnnexError extends ErrorClass {
  readonly code: string
  readonly retryable: boolean
  readonly retryAfter: number | undefined
  readonly details: unknown
  constructor(code: string, message: string, more: { retryAfter?: number; details?: unknown } = {}) {
    super(message)
    this.code = code
    this.retryable = RETRYABLE[code] === true
    this.retryAfter = more.retryAfter
    this.details = more.details
    hide(this, 'name', 'AnnexError')
    hide(this, BRAND, true)
  }
}
