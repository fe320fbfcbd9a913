import type { Scope, ScopeGrant } from '@annex/sdk/scopes'
import { isOpen } from './hours.ts'
import { hoursWords } from './limit-words.ts'
import type { Principal } from './principal.ts'
import { combine, isRestricted, type Restrictions, restrictionsOf } from './restrictions.ts'

/** What a decision must know of a request besides who asks for which scope. */
export interface RequestFacts {
  /** Milliseconds since the Unix epoch. */
  at: number
  /** Fields that the request names: those that it filters by, or writes. */
  fields?: readonly string[]
  /** Records that the request names. */
  rows?: number
}

/** What refused, for audit rows and explanations. */
export type DenialRule =
  | 'scope-not-granted'
  | 'actor-not-granted'
  | 'malformed-grant'
  | 'outside-hours'
  | 'column-not-granted'
  | 'too-many-rows'
  | 'limited-grant'

export type Denial = { allowed: false; rule: DenialRule; reason: string }

/** `limits` are still to be kept by whoever carries the request out: rows, columns, length of a page. */
export type Decision = { allowed: true; rule: 'granted'; reason: string; limits: Restrictions } | Denial

/**
 * Whether `principal` may use `scope` for a request, and under which limits. A pure function, the same for people, keys
 * and installations. An installation that somebody started needs both: the limits of both apply together.
 */
export function decide(principal: Principal, scope: Scope, facts: RequestFacts): Decision {
  const all: Restrictions[] = []
  for (const holder of holdersOf(principal)) {
    const limits = grantedTo(holder, scope)
    if ('allowed' in limits) return limits
    const denial = checkFacts(holder, scope, limits, facts)
    if (denial) return denial
    all.push(limits)
  }
  return { allowed: true, rule: 'granted', reason: `${scope} is granted`, limits: combine(all) }
}

/**
 * Whether `principal` may have done for it what reaches past any one call's records, such as a sync: then the scope must
 * be held under no limit at all, whatever the hour.
 */
export function decideUnlimited(principal: Principal, scope: Scope): { allowed: true } | Denial {
  for (const holder of holdersOf(principal)) {
    const limits = grantedTo(holder, scope)
    if ('allowed' in limits) return limits
    if (isRestricted(limits))
      return denial(
        'limited-grant',
        `${scope} is granted to ${holder.name} under limits, and this would reach past them`,
      )
  }
  return { allowed: true }
}

/** Whoever must hold the scope, with how a reason calls them. */
interface Holder {
  name: string
  grants: readonly ScopeGrant[]
  missing: 'scope-not-granted' | 'actor-not-granted'
}

function holdersOf(principal: Principal): Holder[] {
  const { kind, grants, organizationId } = principal
  const own: Holder = { name: `this ${kind}`, grants, missing: 'scope-not-granted' }
  if (kind !== 'installation' || !principal.actor) return [own]
  const { actor } = principal
  // Rights in another organization are none in this one.
  const held = actor.organizationId === organizationId ? actor.grants : []
  return [own, { name: `the ${actor.kind} that started the run`, grants: held, missing: 'actor-not-granted' }]
}

/** A scope that stands twice holds under the limits of both. */
function grantedTo({ name, grants, missing }: Holder, scope: Scope): Restrictions | Denial {
  const found = grants.filter((grant) => grant.scope === scope)
  if (found.length === 0) return denial(missing, `${scope} is not granted to ${name}`)
  const limits = found.map(restrictionsOf).filter((one) => one !== undefined)
  if (limits.length === found.length) return combine(limits)
  return denial('malformed-grant', `${scope} is granted to ${name} under limits that are not known here`)
}

function checkFacts({ name }: Holder, scope: Scope, limits: Restrictions, facts: RequestFacts): Denial | undefined {
  const { columns, maxRows, hours } = limits
  const closed = hours.find((window) => !isOpen(window, facts.at))
  if (closed) return denial('outside-hours', `${scope} is granted to ${name} only ${hoursWords(closed)}`)
  const hidden = columns && facts.fields?.find((field) => !columns.includes(field))
  if (hidden !== undefined)
    return denial('column-not-granted', `${scope} is granted to ${name} without the field ${shown(hidden)}`)
  if (maxRows !== undefined && (facts.rows ?? 1) > maxRows)
    return denial('too-many-rows', `${scope} is granted to ${name} for at most ${maxRows} records at a time`)
  return undefined
}

function denial(rule: DenialRule, reason: string): Denial {
  return { allowed: false, rule, reason }
}

/** A name that somebody else chose. */
function shown(field: string): string {
  return field.slice(0, 64).toWellFormed()
}
