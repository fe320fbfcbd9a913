import { Manifest } from '@annex/sdk/manifest'
import { Kind } from '@sinclair/typebox'
import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value'
import { explainValueError, FIX_VALUE } from '../explain-value-error.ts'
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
  fix: FIX_VALUE,
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
  return { ...where, message: `${shown(pointer)}: ${explainValueError(error)}` }
}

/** In an object with named fields. A key of a table that does not fit is an error. */
function isUnknownField({ type, schema }: ValueError): boolean {
  return type === ValueErrorType.ObjectAdditionalProperties && schema[Kind] === 'Object'
}
