import { type Static, Type } from '@sinclair/typebox'
import { FieldMapping } from './field-mapping.ts'

/** How one stream of a connector meets one resource of the platform. */
export const StreamBinding = Type.Object(
  {
    direction: Type.Union([Type.Literal('INBOUND'), Type.Literal('OUTBOUND')]),
    /** A resource of API v1. */
    resource: Type.String({ minLength: 1, maxLength: 64 }),
    fieldMappings: Type.Array(FieldMapping, { minItems: 1, maxItems: 100 }),
    /** Installed transformations, run in the order of `order`. */
    transformations: Type.Optional(
      Type.Array(
        Type.Object(
          { installation: Type.String({ minLength: 1, maxLength: 128 }), order: Type.Integer({ minimum: 0 }) },
          { additionalProperties: false },
        ),
        { maxItems: 10 },
      ),
    ),
    /** OUTBOUND: how many records go to the extension at once; 100 if absent. */
    batchSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    /** INBOUND, for records that the source deleted: keep ours (the default), or remove it too. */
    deletes: Type.Optional(Type.Union([Type.Literal('keep'), Type.Literal('remove')])),
  },
  { additionalProperties: false },
)

export type StreamBinding = Static<typeof StreamBinding>

/** Bindings by stream name; none only for a connector that has no streams, but actions. */
export const StreamBindings = Type.Record(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_-]{0,63}$' }), StreamBinding, {
  maxProperties: 20,
  additionalProperties: false,
})

export type StreamBindings = Static<typeof StreamBindings>
