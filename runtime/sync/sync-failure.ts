import { ERROR_CODES, type ErrorShape } from '@annex/sdk/errors'
import type { RunFailure } from '../sandbox/run.ts'

/** Ends a try of a run. Thrown inside the engine, caught where the tries are counted. */
export class SyncFailure extends Error {
  readonly code: string
  /** Whether another try can help. */
  readonly retryable: boolean
  /** How long the other side wants to be left alone. */
  readonly retryAfterMs: number | undefined
  constructor(code: string, message: string, options: { retryable?: boolean; retryAfterMs?: number } = {}) {
    super(message)
    this.name = 'SyncFailure'
    this.code = code
    this.retryable = options.retryable ?? false
    this.retryAfterMs = options.retryAfterMs
  }
}

/** `retryAfter` is a stranger's word: below a day it is believed, above it is cut. */
const MAX_RETRY_AFTER_S = 24 * 60 * 60

/** A failed run of an extension, as the reason why a sync stops. */
export function failureOfRun(failure: RunFailure): SyncFailure {
  const { code, message } = failure
  const retryable = failure.retryable || failure.class === 'WALL' || isRetryableCode(code)
  return new SyncFailure(code, message, { retryable, ...waitOf(failure.retryAfter) })
}

/** A refusal of the platform. */
export function failureOfError(error: ErrorShape): SyncFailure {
  const { code, message } = error
  return new SyncFailure(code, message, { retryable: isRetryableCode(code), ...waitOf(error.retryAfter) })
}

function isRetryableCode(code: string): boolean {
  return Object.hasOwn(ERROR_CODES, code) && ERROR_CODES[code as keyof typeof ERROR_CODES].retryable
}

function waitOf(seconds: number | undefined): { retryAfterMs?: number } {
  if (seconds === undefined || !Number.isFinite(seconds)) return {}
  return { retryAfterMs: Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER_S) * 1_000 }
}
