import type { ErrorCode, ErrorShape } from '@annex/sdk/errors'

/** An expected outcome of a call for a principal: a value, or a refusal with a public code. */
export type Result<T> = { ok: true; value: T } | { ok: false; error: ErrorShape }

export function success<T>(value: T): { ok: true; value: T } {
  return { ok: true, value }
}

export function refusal(
  code: ErrorCode,
  message: string,
  more: { retryAfter?: number; details?: unknown } = {},
): { ok: false; error: ErrorShape } {
  return { ok: false, error: { code, message, ...more } }
}
