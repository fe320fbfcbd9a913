import type { ScopeGrant } from '@annex/sdk/scopes'

/**
 * Who acts. People, keys and installed extensions stand before the same permission manager: what differs is only where
 * their grants come from.
 */
export type Principal = UserPrincipal | KeyPrincipal | InstallationPrincipal

/** A person with a session, acting for one organization. Grants follow from the role. */
export interface UserPrincipal {
  kind: 'user'
  userId: string
  organizationId: string
  role: 'owner' | 'admin' | 'member'
  grants: readonly ScopeGrant[]
}

export interface KeyPrincipal {
  kind: 'key'
  keyId: string
  userId: string
  organizationId: string
  grants: readonly ScopeGrant[]
}

/**
 * An installed extension. With `actor`, a person or key started the run, and a call needs both to be allowed: an
 * extension is never a way around one's own rights.
 */
export interface InstallationPrincipal {
  kind: 'installation'
  installationId: string
  organizationId: string
  /** `@publisher/name`. */
  extension: string
  version: string
  /** Raised on each change of the grant. */
  epoch: number
  grants: readonly ScopeGrant[]
  actor?: UserPrincipal | KeyPrincipal
  /** The event that the run reacts to. */
  cause?: EventCause
}

/** Goes along with what a reaction to an event changes, so that a circle of reactions is seen for what it is. */
export interface EventCause {
  eventId: string
  /** How many reactions led here; 1 for the reaction to what a person, a key, a sync or a schedule did. */
  depth: number
}

/** Where the runtime learns what a person or key may do now. The marketplace implements it on the store. */
export interface ActorSource {
  /** The same one with the rights of this moment; nothing when they may act for the organization no more. */
  current(actor: UserPrincipal | KeyPrincipal): Promise<UserPrincipal | KeyPrincipal | undefined>
}

/** How a principal is named in audit rows and logs: `user:…`, `key:…`, `installation:…`. */
export function principalName(principal: Principal): string {
  if (principal.kind === 'user') return `user:${principal.userId}`
  if (principal.kind === 'key') return `key:${principal.keyId}`
  return `installation:${principal.installationId}`
}
