import type { KeyPrincipal, UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { PlatformRole, Role } from './accounts-collections.ts'

/** Who sent a request, as far as the request proves it. */
export interface Identity {
  kind: 'user' | 'key'
  userId: string
  email: string
  platformRoles: readonly PlatformRole[]
  /** Present when the request acts for an organization. */
  principal?: UserPrincipal | KeyPrincipal
  /** The user's role in that organization, for keys too. */
  role?: Role
  /** The organizations to choose from when a session named none and has several. */
  organizationIds: readonly string[]
  /** `publish:<slug>` of a key. A session publishes by membership and has none. */
  publisherScopes: readonly string[]
  /** Of a session. */
  sessionId?: string
  /** Of a key. */
  requestsPerHour?: number
}

/** How the person or machine is named in audit rows. */
export function identityName(identity: Identity): string {
  const { principal, userId } = identity
  return principal?.kind === 'key' ? `key:${principal.keyId}` : `user:${userId}`
}
