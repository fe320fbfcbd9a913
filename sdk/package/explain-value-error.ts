import type { TSchema } from '@sinclair/typebox'
import { type ValueError, ValueErrorType } from '@sinclair/typebox/value'

/** What is wrong at one place of the manifest, with what may stand there. */
export function explainValueError({ type, schema, message, value }: ValueError): string {
  if (type === ValueErrorType.ObjectRequiredProperty || value === undefined) return 'it is missing'
  if (type === ValueErrorType.StringMinLength) return `the text is too short: at least ${schema.minLength} characters`
  if (type === ValueErrorType.StringMaxLength) return `the text is too long: at most ${schema.maxLength} characters`
  if (type !== ValueErrorType.Union) return message
  const words = (schema.anyOf as TSchema[] | undefined)?.map((option) => option.const) ?? []
  return words.every((word) => typeof word === 'string') ? `expected one of ${words.join(', ')}` : message
}

/** How to mend what the schema of the manifest refuses. */
export const FIX_VALUE = "Correct the field: the guide's chapter on the manifest has a whole example."
