import type { Json, JsonObject } from '@annex/sdk/json'

export type SchemaError = {
  /** JSON pointer to the offending value; empty for the value itself. */
  path: string
  message: string
}

/** The check could not be made for reasons of ours: it says nothing of the value, and a later try may succeed. */
export class SchemaCheckUnavailable extends Error {
  readonly code = 'UNAVAILABLE'
  constructor(cause: unknown) {
    super('schemas cannot be checked now; try again in a moment', { cause })
  }
}

/** What `SchemaValidator` rejects with when it had no place for the check, or lost it. */
const OURS = new Set<unknown>(['CHECK_QUEUE', 'CHECK_CRASHED'])

/** Whether a rejection of `SchemaValidator` is a fault of ours, and none of the schema or the value. */
export function isOurFault(error: unknown): boolean {
  return error instanceof Error && 'code' in error && OURS.has(error.code)
}

export type SchemaVerdict = { ok: true } | { ok: false; errors: SchemaError[] }

/**
 * Checks values against schemas that extension authors wrote. Such a schema is code of a stranger (a pattern can run
 * for hours), so the implementation compiles and runs it in a caged process, never in this one. Rejects when that
 * process fails.
 */
export interface SchemaValidator {
  validate(schema: JsonObject, value: Json): Promise<SchemaVerdict>
  /** One verdict per value, in order; the schema is compiled once. */
  validateMany(schema: JsonObject, values: readonly Json[]): Promise<SchemaVerdict[]>
}
