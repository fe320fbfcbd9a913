import type { Json, JsonObject } from '@annex/sdk/json'
import { type Static, Type } from '@sinclair/typebox'
import { fieldAt } from './field-path.ts'
import { toDate } from './to-date.ts'
import { toDecimal } from './to-decimal.ts'

const strict = { additionalProperties: false }
const Scalar = Type.Union([Type.String({ maxLength: 4096 }), Type.Number(), Type.Boolean(), Type.Null()])

/** A named, typed, pure function on one field. Decimals are worked on as text and never become binary floats. */
export const FieldTransformation = Type.Union([
  Type.Object({ name: Type.Literal('trim') }, strict),
  Type.Object({ name: Type.Literal('uppercase') }, strict),
  Type.Object({ name: Type.Literal('lowercase') }, strict),
  Type.Object({ name: Type.Literal('toString') }, strict),
  Type.Object({ name: Type.Literal('toInteger') }, strict),
  Type.Object(
    { name: Type.Literal('toDecimal'), scale: Type.Optional(Type.Integer({ minimum: 0, maximum: 12 })) },
    strict,
  ),
  Type.Object({ name: Type.Literal('date') }, strict),
  Type.Object(
    {
      name: Type.Literal('map'),
      table: Type.Record(Type.String({ maxLength: 256 }), Scalar, { maxProperties: 1000 }),
      /** For a value that the table does not have; without it such a value is an error. */
      otherwise: Type.Optional(Scalar),
    },
    strict,
  ),
  Type.Object({ name: Type.Literal('default'), value: Scalar }, strict),
  /** `{{path.to.field}}` stands for a field of the whole record. */
  Type.Object({ name: Type.Literal('template'), template: Type.String({ maxLength: 1024 }) }, strict),
])

export type FieldTransformation = Static<typeof FieldTransformation>

export type Transformed = { ok: true; value: Json | undefined } | { ok: false; message: string }

/**
 * Applies one transformation to a field's `value`. All but `default` and `template` leave an absent value and null as
 * they are: whether those may be is for the mapping to say.
 */
export function transformField(
  transformation: FieldTransformation,
  value: Json | undefined,
  record: JsonObject,
): Transformed {
  if (transformation.name === 'template') return fill(transformation.template, record)
  if (transformation.name === 'default') return done(isEmpty(value) ? transformation.value : value)
  if (value === undefined || value === null) return done(value)
  if (transformation.name === 'map') return lookUp(transformation, value)
  return convert(transformation, value)
}

type Conversion = Exclude<FieldTransformation, { name: 'template' | 'default' | 'map' }>

function convert(conversion: Conversion, value: Json): Transformed {
  switch (conversion.name) {
    case 'trim':
      return ofText(value, (text) => text.trim())
    case 'uppercase':
      return ofText(value, (text) => text.toUpperCase())
    case 'lowercase':
      return ofText(value, (text) => text.toLowerCase())
    case 'toString':
      return isScalar(value) ? done(String(value)) : failed('is not a plain value')
    case 'toInteger':
      return integer(value)
    case 'toDecimal':
      return toDecimal(value, conversion.scale)
    case 'date':
      return toDate(value)
  }
}

function ofText(value: Json, change: (text: string) => string): Transformed {
  return typeof value === 'string' ? done(change(value)) : failed('is not text')
}

function integer(value: Json): Transformed {
  const number = typeof value === 'string' && /^\s*[+-]?\d{1,16}\s*$/.test(value) ? Number(value) : value
  return Number.isSafeInteger(number) ? done(number) : failed('is not a whole number')
}

function lookUp({ table, otherwise }: { table: Record<string, Json>; otherwise?: Json }, value: Json): Transformed {
  if (!isScalar(value)) return failed('is not a plain value')
  const key = String(value)
  if (Object.hasOwn(table, key)) return done(table[key])
  return otherwise === undefined ? failed(`has no entry in the table: ${key.slice(0, 64)}`) : done(otherwise)
}

/** A short template may name a long field many times over. */
const MAX_FILLED_CHARS = 65_536

const HOLE = /\{\{\s*([^{}\s]+)\s*\}\}/g

/** The fields of the record that templates among the transformations name. */
export function templatePaths(transformations: FieldTransformation | FieldTransformation[] = []): string[] {
  return [transformations].flat().flatMap((one) => {
    if (one.name !== 'template') return []
    return [...one.template.matchAll(HOLE)].map((match) => match[1] ?? '')
  })
}

function fill(template: string, record: JsonObject): Transformed {
  const parts: string[] = []
  let length = 0
  let at = 0
  for (const match of template.matchAll(HOLE)) {
    const [hole, path = ''] = match
    const value = fieldAt(record, path)
    if (!isScalar(value)) return failed(`the template needs ${path}`)
    parts.push(template.slice(at, match.index), String(value))
    at = match.index + hole.length
    length += String(value).length
    if (length > MAX_FILLED_CHARS) return failed(`the filled template is longer than ${MAX_FILLED_CHARS} characters`)
  }
  return done([...parts, template.slice(at)].join(''))
}

function isEmpty(value: Json | undefined): boolean {
  return value === undefined || value === null || value === ''
}

function isScalar(value: Json | undefined): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function done(value: Json | undefined): Transformed {
  return { ok: true, value }
}

function failed(message: string): Transformed {
  return { ok: false, message }
}
