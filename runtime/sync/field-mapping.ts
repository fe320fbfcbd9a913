import type { Json, JsonObject } from '@annex/sdk/json'
import { type Static, Type } from '@sinclair/typebox'
import { fieldAt, setFieldAt } from './field-path.ts'
import { FieldTransformation, transformField } from './field-transformation.ts'

/** Names that would reach a prototype are no field names. */
const TARGET =
  '^(?!(?:.*\\.)?(?:__proto__|constructor|prototype)(?:\\.|$))[A-Za-z_][A-Za-z0-9_-]*(?:\\.[A-Za-z_][A-Za-z0-9_-]*){0,7}$'

/** Where one field of the target comes from. */
export const FieldMapping = Type.Object(
  {
    /** A field of the source record; dots go into nested objects. */
    sourceField: Type.String({ minLength: 1, maxLength: 256 }),
    targetField: Type.String({ minLength: 1, maxLength: 256, pattern: TARGET }),
    /** One, or several in order. */
    transformation: Type.Optional(
      Type.Union([FieldTransformation, Type.Array(FieldTransformation, { minItems: 1, maxItems: 8 })]),
    ),
    /** A record without this field is quarantined. */
    required: Type.Optional(Type.Boolean()),
    /** For a field that is absent or null. */
    defaultValue: Type.Optional(Type.Union([Type.String({ maxLength: 4096 }), Type.Number(), Type.Boolean()])),
  },
  { additionalProperties: false },
)

export type FieldMapping = Static<typeof FieldMapping>

export type Mapped = { ok: true; record: JsonObject } | { ok: false; code: MappingCode; message: string }
export type MappingCode = 'REQUIRED_FIELD_MISSING' | 'FIELD_TRANSFORMATION_FAILED'

/** The target record that `mappings` make of `source`. Pure: the same source gives the same record. */
export function mapFields(mappings: readonly FieldMapping[], source: JsonObject): Mapped {
  const record: JsonObject = {}
  for (const mapping of mappings) {
    const field = mapField(mapping, source)
    if (!field.ok) return { ok: false, code: field.code, message: `${mapping.targetField}: ${field.message}` }
    if (field.value !== undefined) setFieldAt(record, mapping.targetField, field.value)
  }
  return { ok: true, record }
}

type MappedField = { ok: true; value: Json | undefined } | { ok: false; code: MappingCode; message: string }

function mapField(mapping: FieldMapping, source: JsonObject): MappedField {
  let value = fieldAt(source, mapping.sourceField)
  for (const transformation of chainOf(mapping)) {
    const next = transformField(transformation, value, source)
    if (!next.ok) {
      const message = `${mapping.sourceField} ${next.message} (${transformation.name})`
      return { ok: false, code: 'FIELD_TRANSFORMATION_FAILED', message }
    }
    value = next.value
  }
  value ??= mapping.defaultValue
  if (value !== undefined && value !== null) return { ok: true, value }
  if (!mapping.required) return { ok: true, value: undefined }
  return { ok: false, code: 'REQUIRED_FIELD_MISSING', message: `the source has no ${mapping.sourceField}` }
}

function chainOf({ transformation }: FieldMapping): FieldTransformation[] {
  if (transformation === undefined) return []
  return Array.isArray(transformation) ? transformation : [transformation]
}
