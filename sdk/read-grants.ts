import { limitProblems } from './limit-problems.ts'
import { isLimited, limitsOf, type ScopeEntry, type ScopeLimits } from './scope-limits.ts'
import { expandScope, type Scope, type ScopeGrant } from './scopes.ts'

/** `unknown`: texts that name no scope. `problems`: what else keeps the entries from meaning one thing. */
export type ReadGrants =
  | { grants: ScopeGrant[] }
  | { unknown: string[] }
  | { problems: { pointer: string; message: string }[] }

/** What a list of scopes with or without limits means: each scope once, in its long form, sorted. */
export function readGrants(entries: readonly ScopeEntry[]): ReadGrants {
  const asked = entries.map((entry) => (typeof entry === 'string' ? { scope: entry } : entry))
  const unknown = asked.map(({ scope }) => scope).filter((scope) => expandScope(scope).length === 0)
  if (unknown.length > 0) return { unknown }
  const grants = new Map<Scope, ScopeGrant>()
  const problems: { pointer: string; message: string }[] = []
  for (const [index, entry] of asked.entries()) {
    const limits = limitsOf(entry)
    for (const scope of expandScope(entry.scope)) {
      const earlier = grants.get(scope)
      // Whichever of two were taken, one of them would not be meant.
      if (earlier && (isLimited(earlier) || isLimited(limits)))
        problems.push({ pointer: `/${index}`, message: `${scope} stands here twice, with limits` })
      const found = limitProblems(scope, limits)
      problems.push(...found.map(({ pointer, message }) => ({ pointer: `/${index}${pointer}`, message })))
      grants.set(scope, { scope, ...limits })
    }
  }
  if (problems.length > 0) return { problems }
  return { grants: [...grants.values()].sort((a, b) => (a.scope < b.scope ? -1 : 1)) }
}

/** How a grant is shown and kept: as its text when it has no limits. A door reads it back as the same grant. */
export type GrantEntry = Scope | ({ scope: Scope } & ScopeLimits)

export function entryOf(grant: ScopeGrant): GrantEntry {
  return isLimited(grant) ? { scope: grant.scope, ...limitsOf(grant) } : grant.scope
}

/** The grant of an entry that was kept. What is not known here stays in it, so that it is refused and not forgotten. */
export function grantOf(entry: GrantEntry): ScopeGrant {
  return typeof entry === 'string' ? { scope: entry } : entry
}
