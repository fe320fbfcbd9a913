import { type TObject, type TProperties, type TSchema, Type } from '@sinclair/typebox'
import type { ScopeResource } from './scopes.ts'

export type ResourceOperation = 'list' | 'get' | 'create' | 'update' | 'remove'

/**
 * One resource of API v1, declared once: from this follow the routes, the OpenAPI description, the storage indexes, the
 * host calls of extensions, the scopes and the events.
 */
export interface Resource {
  /** The path after `/api/v1/`, and the name in `ctx.platform[…]`. */
  readonly name: string
  readonly title: string
  /** The noun of its scopes: `read:<scope>`, `write:<scope>`. */
  readonly scope: ScopeResource
  readonly operations: readonly ResourceOperation[]
  /** What a caller may write: every own field, without the four that the platform sets. */
  readonly input: TObject
  /** `input` + `id`, `createdAt`, `updatedAt` (ISO 8601) and `rev`. */
  readonly record: TObject
  /** Fields that `list` filters by equality (`?status=ACTIVE`); each is indexed. */
  readonly filters: readonly string[]
  /** Fields about a natural person: redacted in recordings and masked in quarantine. */
  readonly personalFields: readonly string[]
  /** Whether a record may have bytes of its own: then it has the field `content`, which the platform sets. */
  readonly content: boolean
  /** Event types that its changes emit. */
  readonly events: { readonly created: string; readonly updated: string; readonly removed: string }
  /** What some of its changes mean to people, as events of their own. */
  readonly businessEvents: readonly BusinessEvent[]
}

/** Follows from a change of a record; `data` of the event is made of the record's fields. */
export interface BusinessEvent {
  /** `INVOICE_ISSUED`. */
  readonly type: string
  /** When this field becomes this value, in a new record or a changed one. */
  readonly when: { readonly field: string; readonly becomes: string }
  /** Names in the event's data, each with the field of the record that it is taken from. */
  readonly data: Readonly<Record<string, string>>
}

export interface ResourceDeclaration<P extends TProperties> {
  name: string
  title: string
  scope: ScopeResource
  operations: readonly ResourceOperation[]
  properties: P
  filters: readonly (keyof P & string)[]
  personalFields?: readonly (keyof P & string)[]
  content?: boolean
  businessEvents?: readonly BusinessEvent[]
}

/** Fields that the platform sets on every record. */
export const PLATFORM_FIELDS = ['id', 'rev', 'createdAt', 'updatedAt'] as const

/** What a record says of its bytes. */
const CONTENT = Type.Optional(
  Type.Object(
    {
      size: Type.Integer({ minimum: 0, description: 'Bytes' }),
      type: Type.String({ description: 'The media type that the sender said' }),
      digest: Type.String({ description: 'SHA-256 (hex) of the bytes' }),
    },
    { additionalProperties: false, description: 'The bytes themselves are at `/content`' },
  ),
)

/** All that a grant's columns can name of a resource, the platform's own fields aside. */
export function fieldsOf({ input, content }: Resource): string[] {
  return [...Object.keys(input.properties), ...(content ? ['content'] : [])]
}

export function defineResource<P extends TProperties>(declaration: ResourceDeclaration<P>): Resource {
  const { name, title, scope, operations, properties, filters, personalFields = [] } = declaration
  const { content = false, businessEvents = [] } = declaration
  return {
    name,
    title,
    scope,
    operations,
    filters,
    personalFields,
    content,
    businessEvents,
    input: Type.Object(properties as TProperties, { additionalProperties: false }),
    record: Type.Object(
      { ...platformProperties(), ...(properties as TProperties), ...(content ? { content: CONTENT } : {}) },
      { additionalProperties: false, title },
    ),
    events: { created: `${name}.created`, updated: `${name}.updated`, removed: `${name}.removed` },
  }
}

function platformProperties(): Record<(typeof PLATFORM_FIELDS)[number], TSchema> {
  return {
    id: Type.String({ description: 'Set by the platform' }),
    rev: Type.Integer({ minimum: 1, description: 'Raised by one on each change' }),
    createdAt: Type.String({ format: 'date-time' }),
    updatedAt: Type.String({ format: 'date-time' }),
  }
}
