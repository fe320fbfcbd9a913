/** The limits that a scope may be asked for, granted or held under. A manifest, an admin and a key all say them so. */
import { type Static, Type } from '@sinclair/typebox'
import { Identifier, known, oneOf, text } from './manifest/schema-parts.ts'

export const WEEKDAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] as const
export type Weekday = (typeof WEEKDAYS)[number]

const Scalar = Type.Union([Type.String({ maxLength: 256 }), Type.Number(), Type.Boolean()])

/** A row filter: only records whose `field` compares so are seen or written. */
export const ScopeCondition = Type.Object(
  {
    field: Identifier,
    op: oneOf(['eq', 'ne', 'in', 'gt', 'gte', 'lt', 'lte']),
    value: Type.Union([Scalar, Type.Array(Scalar, { minItems: 1, maxItems: 64 })]),
  },
  known,
)
export type ScopeCondition = Static<typeof ScopeCondition>

/**
 * A daily window by the clocks of `timezone` (an IANA name). It is open from `from` until just before `to`, on `days` or
 * on every day. With `to` before `from` it crosses midnight and belongs to the day on which it begins. An hour that the
 * clocks skip is never open, one that they repeat is open twice.
 */
export const ScopeHours = Type.Object(
  {
    days: Type.Optional(Type.Array(oneOf(WEEKDAYS), { minItems: 1, maxItems: 7, uniqueItems: true })),
    from: Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description: 'HH:MM' }),
    to: Type.String({ pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$', description: 'HH:MM, at most 24:00' }),
    timezone: Type.String({
      maxLength: 64,
      pattern: '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$',
      description: 'IANA name: Europe/Paris',
    }),
  },
  known,
)
export type ScopeHours = Static<typeof ScopeHours>

/** All that are given apply. */
export const limitProperties = {
  conditions: Type.Optional(
    Type.Array(ScopeCondition, { minItems: 1, maxItems: 8, description: 'Rows: each must hold' }),
  ),
  columns: Type.Optional(
    Type.Array(Identifier, {
      minItems: 1,
      maxItems: 64,
      uniqueItems: true,
      description: 'The only fields that may be read or written; id, rev, createdAt and updatedAt are always shown',
    }),
  ),
  maxRows: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'Records that one call may touch' })),
  hours: Type.Optional(ScopeHours),
}

export const ScopeLimits = Type.Object(limitProperties, known)
export type ScopeLimits = Static<typeof ScopeLimits>

export const LIMIT_NAMES = ['conditions', 'columns', 'maxRows', 'hours'] as const satisfies (keyof ScopeLimits)[]

/** How a door takes a scope: its text, or an object with its limits. */
export const ScopeEntry = Type.Union([text(100), Type.Object({ scope: text(64), ...limitProperties }, known)])
export type ScopeEntry = Static<typeof ScopeEntry>

/** The limits alone, of whatever else has them too. */
export function limitsOf({ conditions, columns, maxRows, hours }: ScopeLimits): ScopeLimits {
  return {
    ...(conditions === undefined ? {} : { conditions }),
    ...(columns === undefined ? {} : { columns }),
    ...(maxRows === undefined ? {} : { maxRows }),
    ...(hours === undefined ? {} : { hours }),
  }
}

export function isLimited(limits: ScopeLimits): boolean {
  return LIMIT_NAMES.some((name) => limits[name] !== undefined)
}
