import type { Json, JsonObject } from '@annex/sdk/json'

export type SchemaError = {
  /** JSON pointer to the offending value; empty for the value itself. */
  path: string
  message: string
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
