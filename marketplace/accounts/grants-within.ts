import type { Scope, ScopeGrant } from '@annex/sdk/scopes'
import { grantsOfRole } from '../../runtime/permissions/role-grants.ts'
import type { Role } from './accounts-collections.ts'

/** The part of `scopes` that the role holds too: what a key of such a person may do. */
export function grantsWithin(role: Role, scopes: readonly Scope[]): ScopeGrant[] {
  return grantsOfRole(role).filter((grant) => scopes.includes(grant.scope))
}
