import { Manifest } from '@annex/sdk/manifest'
import { Kind, type TSchema } from '@sinclair/typebox'
import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value'
import { type Observation, shown } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import type { JsonStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'

const MAX_ERRORS = 50

export const man02: Rule = {
  id: 'MAN-02',
  severity: 'error',
  stage: 'json',
  title: 'package.json fits the schema of the manifest',
  why: 'What the platform grants and shows is taken from these fields.',
  fix: 'Correct the field; the reference of the manifest lists every field with its values.',
  check: violations,
}

function* violations(context: JsonStage): Iterable<Observation> {
  const seen = new Set<string>()
  for (const error of Value.Errors(Manifest, context.json)) {
    // One place may fail in several ways, of which the first tells most.
    if (seen.has(error.path)) continue
    seen.add(error.path)
    yield toObservation(context, error)
    if (seen.size >= MAX_ERRORS) return
  }
}

function toObservation({ place }: JsonStage, error: ValueError): Observation {
  const pointer = error.path.slice(0, 300)
  const where = { file: MANIFEST_FILE, pointer, line: lineAt(place, error.path) }
  if (isUnknownField(error))
    return {
      ...where,
      severity: 'warning',
      message: `${shown(pointer)} is not a field that the platform knows`,
      fix: 'Correct its spelling, or leave it out.',
    }
  return { ...where, message: `${shown(pointer)}: ${explain(error)}` }
}

/** In an object with named fields. A key of a table that does not fit is an error. */
function isUnknownField({ type, schema }: ValueError): boolean {
  return type === ValueErrorType.ObjectAdditionalProperties && schema[Kind] === 'Object'
}

function explain({ type, schema, message, value }: ValueError): string {
  if (type === ValueErrorType.ObjectRequiredProperty || value === undefined) return 'it is missing'
  if (type !== ValueErrorType.Union) return message
  const words = (schema.anyOf as TSchema[] | undefined)?.map((option) => option.const) ?? []
  return words.every((word) => typeof word === 'string') ? `expected one of ${words.join(', ')}` : message
}
