import type { ActorSource } from '../../runtime/permissions/principal.ts'
import { grantsOfRole } from '../../runtime/permissions/role-grants.ts'
import type { Store } from '../../runtime/storage/port.ts'
import type { ApiKeys } from './api-keys.ts'
import { grantsWithin } from './grants-within.ts'
import { roleIn } from './role-in.ts'

/** Reads anew what somebody may do who started something that still runs: as the next request of theirs would. */
export function createCurrentActor(deps: { store: Store; apiKeys: ApiKeys }): ActorSource['current'] {
  return async (actor) => {
    const { organizationId, userId } = actor
    const role = await roleIn(deps.store, organizationId, userId)
    if (!role) return undefined
    if (actor.kind === 'user') return { ...actor, role, grants: grantsOfRole(role) }
    const key = await deps.apiKeys.usable(organizationId, actor.keyId)
    return key && { ...actor, grants: grantsWithin(role, key.scopes) }
  }
}
