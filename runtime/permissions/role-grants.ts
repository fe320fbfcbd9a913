import { ALL_SCOPES, type Scope, type ScopeGrant } from '@annex/sdk/scopes'
import type { UserPrincipal } from './principal.ts'

/** What a member may change; everything else a member only reads. */
const MEMBER_WRITES: readonly Scope[] = ['write:timesheets']

const EVERYTHING: readonly ScopeGrant[] = ALL_SCOPES.map((scope) => ({ scope }))

const MEMBER: readonly ScopeGrant[] = ALL_SCOPES.filter(
  (scope) => scope.startsWith('read:') || MEMBER_WRITES.includes(scope),
).map((scope) => ({ scope }))

/** The grants that a role in an organization brings: owners and admins hold every scope. */
export function grantsOfRole(role: UserPrincipal['role']): readonly ScopeGrant[] {
  return role === 'member' ? MEMBER : EVERYTHING
}
