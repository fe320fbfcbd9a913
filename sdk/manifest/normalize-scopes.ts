import type { Static } from '@sinclair/typebox'
import { limitProblems } from '../limit-problems.ts'
import type { ScopeRequest } from '../manifest.ts'
import { isLimited, limitsOf } from '../scope-limits.ts'
import { expandScope, type Scope } from '../scopes.ts'
import type { ManifestProblem, ScopeWish } from './capabilities.ts'

type Requests = readonly Static<typeof ScopeRequest>[]

/** The long forms of what is required and what is optional, each sorted by scope. */
export function scopeWishes(
  required: Requests,
  optional: Requests,
  problems: ManifestProblem[],
): { required: ScopeWish[]; optional: ScopeWish[] } {
  const must = expandAll(required, '/annex/permissions/required', problems)
  const may = expandAll(optional, '/annex/permissions/optional', problems)
  for (const scope of must.keys()) {
    const wish = must.get(scope)
    // A required scope with limits may not be widened by an optional twin: a grant holds each scope once.
    if (may.has(scope) && wish && isLimited(wish))
      problems.push({ pointer: '/annex/permissions/optional', message: `${scope} is required with limits already` })
    may.delete(scope)
  }
  return { required: sorted(must), optional: sorted(may) }
}

function expandAll(requests: Requests, pointer: string, problems: ManifestProblem[]): Map<Scope, ScopeWish> {
  const wishes = new Map<Scope, ScopeWish>()
  for (const [index, request] of requests.entries()) {
    const scopes = expandScope(request.scope)
    if (scopes.length === 0)
      problems.push({
        pointer: `${pointer}/${index}/scope`,
        message: `there is no scope ${JSON.stringify(request.scope)}`,
      })
    for (const scope of scopes) {
      const wish = { scope, reason: request.reason, ...limitsOf(request) }
      const earlier = wishes.get(scope)
      if (earlier && (isLimited(earlier) || isLimited(wish)))
        problems.push({ pointer: `${pointer}/${index}`, message: `${scope} is asked for twice, with limits` })
      const odd = limitProblems(scope, wish)
      problems.push(...odd.map((one) => ({ ...one, pointer: `${pointer}/${index}${one.pointer}` })))
      // The exact request says more than a shorthand that happens to cover it.
      if (!earlier || request.scope === scope) wishes.set(scope, wish)
    }
  }
  return wishes
}

function sorted(wishes: Map<Scope, ScopeWish>): ScopeWish[] {
  return [...wishes.values()].sort((a, b) => (a.scope < b.scope ? -1 : 1))
}
