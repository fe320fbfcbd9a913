import type { Json, JsonObject } from '@annex/sdk/json'
import { SchemaCheckFailed, type SchemaVerdict } from '../sandbox/package-checker.ts'
import { TrialUnfinished } from './trial-unfinished.ts'

/** Holds values against an author's schema, in a caged process. */
export type ValidateMany = (schema: JsonObject, values: readonly Json[]) => Promise<SchemaVerdict[]>

/** Of many values that do not fit the first few tell enough. */
const MOST = 3

/** What of a handler's result does not fit the schema that the definition gives for it. */
export async function schemaProblems(
  validateMany: ValidateMany,
  description: unknown,
  handler: string,
  actual: unknown,
): Promise<string[]> {
  const stream = /^streams[.]([^.]+)[.]read$/.exec(handler)?.[1]
  if (stream !== undefined) {
    const schema = member(member(member(description, 'streams'), stream), 'schema')
    return ofPages(validateMany, `the schema of the stream ${stream}`, schema, listOf(actual))
  }
  if (handler !== 'transform') return []
  const results = listOf(actual).flatMap((result) => {
    const ok = member(result, 'ok')
    return ok === undefined ? [] : [ok]
  })
  return ofValues(validateMany, 'the output schema', member(description, 'output'), results)
}

async function ofPages(validateMany: ValidateMany, what: string, schema: unknown, pages: readonly unknown[]) {
  const lists = pages.map((page) => member(page, 'records'))
  const bare = lists.findIndex((records) => !Array.isArray(records))
  if (bare >= 0) return [`page ${bare + 1} has no list of records`]
  return ofValues(validateMany, what, schema, lists.flat())
}

async function ofValues(validateMany: ValidateMany, what: string, schema: unknown, values: readonly unknown[]) {
  if (!isObject(schema) || values.length === 0) return []
  try {
    const verdicts = await validateMany(schema, values as Json[])
    const wrong = verdicts.flatMap((verdict, index) => (verdict.ok ? [] : [wordsOf(what, index, verdict.errors)]))
    return wrong.slice(0, MOST)
  } catch (error) {
    if (!(error instanceof SchemaCheckFailed)) throw error
    if (error.code === 'CHECK_QUEUE' || error.code === 'CHECK_CRASHED')
      throw new TrialUnfinished(error.code, error.message)
    return [`${what} cannot be applied: ${error.message}`]
  }
}

function wordsOf(what: string, index: number, errors: readonly { path: string; message: string }[]): string {
  const [first] = errors
  return `record ${index + 1} does not fit ${what}: ${first?.path || 'it'} ${first?.message ?? 'is not valid'}`
}

function member(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
