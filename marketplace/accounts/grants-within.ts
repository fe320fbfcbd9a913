import { type GrantEntry, grantOf } from '@annex/sdk/read-grants'
import type { ScopeGrant } from '@annex/sdk/scopes'
import { narrowGrant } from '../../runtime/permissions/restrictions.ts'
import { grantsOfRole } from '../../runtime/permissions/role-grants.ts'
import type { Role } from './accounts-collections.ts'

/** The part of `entries` that the role holds too, under the limits of both: what a key of such a person may do. */
export function grantsWithin(role: Role, entries: readonly GrantEntry[]): ScopeGrant[] {
  const asked = entries.map(grantOf)
  return grantsOfRole(role).flatMap((held) => {
    const own = asked.filter(({ scope }) => scope === held.scope)
    return own.length === 0 ? [] : [own.reduce(narrowGrant, held)]
  })
}
