/** Codes of failures that tell of another system, of a credential or of a busy moment, and not of the code that failed. */
export const OUTSIDE_FAULTS: ReadonlySet<string> = new Set([
  'AUTHENTICATION_FAILED',
  'CANCELLED',
  'CIRCUIT_OPEN',
  'CONFLICT',
  'CONNECTION_FAILED',
  'NOT_FOUND',
  'QUEUE',
  'QUOTA_EXCEEDED',
  'RATE_LIMIT_EXCEEDED',
  'TIMEOUT',
  'UNAVAILABLE',
])
