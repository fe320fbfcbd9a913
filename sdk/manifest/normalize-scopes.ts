import type { Static } from '@sinclair/typebox'
import type { ScopeRequest } from '../manifest.ts'
import { normalizeScopes, type Scope } from '../scopes.ts'
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
    // A required scope with conditions may not be widened by an optional twin: a grant holds each scope once.
    if (may.has(scope) && wish?.conditions)
      problems.push({ pointer: '/annex/permissions/optional', message: `${scope} is required with conditions already` })
    may.delete(scope)
  }
  return { required: sorted(must), optional: sorted(may) }
}

function expandAll(requests: Requests, pointer: string, problems: ManifestProblem[]): Map<Scope, ScopeWish> {
  const wishes = new Map<Scope, ScopeWish>()
  for (const [index, request] of requests.entries()) {
    const expanded = normalizeScopes([request.scope])
    if ('unknown' in expanded) {
      problems.push({
        pointer: `${pointer}/${index}/scope`,
        message: `there is no scope ${JSON.stringify(request.scope)}`,
      })
      continue
    }
    for (const scope of expanded.scopes) {
      const wish = toWish(scope, request)
      const earlier = wishes.get(scope)
      if (earlier && (earlier.conditions || wish.conditions))
        problems.push({ pointer: `${pointer}/${index}`, message: `${scope} is asked for twice, with conditions` })
      // The exact request says more than a shorthand that happens to cover it.
      if (!earlier || request.scope === scope) wishes.set(scope, wish)
    }
  }
  return wishes
}

function toWish(scope: Scope, request: Requests[number]): ScopeWish {
  const wish: ScopeWish = { scope, reason: request.reason }
  if (request.conditions) wish.conditions = request.conditions
  return wish
}

function sorted(wishes: Map<Scope, ScopeWish>): ScopeWish[] {
  return [...wishes.values()].sort((a, b) => (a.scope < b.scope ? -1 : 1))
}
