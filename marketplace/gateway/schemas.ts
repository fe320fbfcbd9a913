import { limitProperties } from '@annex/sdk/scope-limits'
import { type Static, type TProperties, type TSchema, Type } from '@sinclair/typebox'
import { PROBLEM_TYPE } from './problems.ts'

const strict = { additionalProperties: false }

/** An object that refuses unknown fields: a misspelt option is an error, not a silence. */
export function Strict<P extends TProperties>(properties: P) {
  return Type.Object(properties, strict)
}

/** Scopes as they are held: the text, or an object with the limits. */
export const ShownScopes = Type.Array(
  Type.Union([Type.String(), Type.Object({ scope: Type.String(), ...limitProperties })]),
)

export const Id = Type.String({ minLength: 1, maxLength: 128 })
export const Instant = Type.String({ format: 'date-time' })
export const IdParams = Strict({ id: Id })

export const PageQuery = Strict({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Entries of a page' })),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 2048, description: 'The `nextCursor` of the page before' }),
  ),
})
export type PageQuery = Static<typeof PageQuery>

/** A page of `item`s. */
export function PageOf<S extends TSchema>(item: S) {
  return Type.Object({ data: Type.Array(item), nextCursor: Type.Optional(Type.String()) })
}

const problem = {
  description: 'Problem details (RFC 9457)',
  content: { [PROBLEM_TYPE]: { schema: Type.Unsafe<unknown>({ $ref: 'Problem#' }) } },
}

/** The problems that every route may answer with; spread into `response` behind its own answers. */
export const PROBLEMS = { '4xx': problem, '5xx': problem } as const

/** For `security` of a route. */
export const SESSION_ONLY: Record<string, string[]>[] = [{ session: [] }]
export const SESSION_OR_KEY: Record<string, string[]>[] = [{ session: [] }, { apiKey: [] }, { apiKeyHeader: [] }]
/** Open to everybody; a credential shows what is the sender's own besides. */
export const OPEN: Record<string, string[]>[] = [{}, { session: [] }, { apiKey: [] }, { apiKeyHeader: [] }]
export const PUBLIC: Record<string, string[]>[] = []
