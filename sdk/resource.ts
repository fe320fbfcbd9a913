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
  /** Event types that its changes emit. */
  readonly events: { readonly created: string; readonly updated: string; readonly removed: string }
}

export interface ResourceDeclaration<P extends TProperties> {
  name: string
  title: string
  scope: ScopeResource
  operations: readonly ResourceOperation[]
  properties: P
  filters: readonly (keyof P & string)[]
  personalFields?: readonly (keyof P & string)[]
}

/** Fields that the platform sets on every record. */
export const PLATFORM_FIELDS = ['id', 'rev', 'createdAt', 'updatedAt'] as const

export function defineResource<P extends TProperties>(declaration: ResourceDeclaration<P>): Resource {
  const { name, title, scope, operations, properties, filters, personalFields = [] } = declaration
  return {
    name,
    title,
    scope,
    operations,
    filters,
    personalFields,
    input: Type.Object(properties as TProperties, { additionalProperties: false }),
    record: Type.Object(
      { ...platformProperties(), ...(properties as TProperties) },
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
