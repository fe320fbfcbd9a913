import { LIMIT_NAMES, type ScopeCondition, type ScopeHours, type ScopeLimits } from '@annex/sdk/scope-limits'
import type { ScopeGrant } from '@annex/sdk/scopes'

/** What is left of a grant when all limits on it are put together. */
export interface Restrictions {
  /** A record must pass every one. */
  conditions: readonly ScopeCondition[]
  /** The only fields that may be read or written; absent: all. The platform's own are always shown. */
  columns?: readonly string[]
  /** Records that one call may touch. */
  maxRows?: number
  /** Every one must be open. */
  hours: readonly ScopeHours[]
}

export const UNRESTRICTED: Restrictions = { conditions: [], hours: [] }

/** Never lets through more than any of `parts`. */
export function combine(parts: readonly Restrictions[]): Restrictions {
  const columns = parts.flatMap((part) => (part.columns ? [part.columns] : []))
  const maxRows = parts.flatMap((part) => (part.maxRows === undefined ? [] : [part.maxRows]))
  const [first, ...others] = columns
  return {
    conditions: parts.flatMap((part) => part.conditions),
    ...(first ? { columns: first.filter((field) => others.every((more) => more.includes(field))) } : {}),
    ...(maxRows.length > 0 ? { maxRows: Math.min(...maxRows) } : {}),
    hours: parts.flatMap((part) => part.hours),
  }
}

/** All limits of a grant. Nothing when one of them is none that is known here: what it meant to hold back is not known. */
export function restrictionsOf(grant: ScopeGrant): Restrictions | undefined {
  const { scope: _, narrowed = [], ...own } = grant
  if (!Array.isArray(narrowed)) return undefined
  const all: readonly ScopeLimits[] = [own, ...narrowed]
  return all.every(isSound) ? combine(all.map(restrictionsIn)) : undefined
}

export function isRestricted({ conditions, columns, maxRows, hours }: Restrictions): boolean {
  return conditions.length > 0 || columns !== undefined || maxRows !== undefined || hours.length > 0
}

/** `grant` under all limits of `other` as well, those not known here included. */
export function narrowGrant(grant: ScopeGrant, other: ScopeGrant): ScopeGrant {
  const { scope: _, narrowed = [], ...own } = other
  const more = [own, ...narrowed].filter((limits) => Object.keys(limits).length > 0)
  return more.length === 0 ? grant : { ...grant, narrowed: [...(grant.narrowed ?? []), ...more] }
}

/** Limits of one party, as restrictions. */
export function restrictionsIn({ conditions = [], columns, maxRows, hours }: ScopeLimits): Restrictions {
  return {
    conditions,
    ...(columns === undefined ? {} : { columns }),
    ...(maxRows === undefined ? {} : { maxRows }),
    hours: hours === undefined ? [] : [hours],
  }
}

/** Grants come from the store: another release, or a hand, may have written them. */
function isSound(limits: unknown): boolean {
  if (typeof limits !== 'object' || limits === null) return false
  if (!Object.keys(limits).every((name) => (LIMIT_NAMES as readonly string[]).includes(name))) return false
  const { conditions = [], columns = [], maxRows = 1, hours = {} } = limits as Record<keyof ScopeLimits, unknown>
  return (
    Array.isArray(conditions) &&
    Array.isArray(columns) &&
    Number.isInteger(maxRows) &&
    Number(maxRows) >= 1 &&
    typeof hours === 'object' &&
    hours !== null
  )
}
