import { grantsOfRole } from '../../runtime/permissions/role-grants.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { type ApiKeyDocument, type Role, type UserDocument, users } from './accounts-collections.ts'
import type { ApiKeys } from './api-keys.ts'
import { grantsWithin } from './grants-within.ts'
import type { Identity } from './identity.ts'
import type { Organizations } from './organizations.ts'
import { roleIn } from './role-in.ts'
import type { Sessions } from './sessions.ts'

/** What a request brought along to say who it is. */
export interface Credentials {
  /** The value of `Authorization`. */
  authorization?: string | undefined
  /** The value of `X-API-Key`. */
  apiKey?: string | undefined
  /** The value of `X-Organization`. */
  organization?: string | undefined
}

interface AuthenticateDependencies {
  store: Store
  sessions: Sessions
  apiKeys: ApiKeys
  organizations: Organizations
  prefix: string
}

const REASON = 'the bearer of a credential is looked up'

/** Turns credentials into an identity; nothing is remembered between requests, so what is revoked ends at once. */
export function createAuthenticate(deps: AuthenticateDependencies): (given: Credentials) => Promise<Outcome<Identity>> {
  return async ({ authorization, apiKey, organization }) => {
    if (authorization !== undefined && apiKey !== undefined)
      return refused('SEVERAL_CREDENTIALS', 'send either Authorization or X-API-Key')
    if (apiKey !== undefined) return ofKey(deps, apiKey, organization)
    const token = /^Bearer ([^\s,]+)$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) return unauthenticated()
    return token.startsWith(`${deps.prefix}_`) ? ofKey(deps, token, organization) : ofSession(deps, token, organization)
  }
}

async function ofSession(
  deps: AuthenticateDependencies,
  token: string,
  wanted: string | undefined,
): Promise<Outcome<Identity>> {
  const session = await deps.sessions.check(token)
  const user = session && (await deps.store.asSystem(REASON)(users).get(session.userId))
  if (!session || !user) return unauthenticated()
  const base = { ...person(user), kind: 'user' as const, sessionId: session._id, publisherScopes: [] }
  if (wanted !== undefined) return withOrganization(deps, base, wanted)
  const organizationIds = await deps.organizations.idsOf(user._id)
  const only = organizationIds.length === 1 ? organizationIds[0] : undefined
  if (only !== undefined) return withOrganization(deps, base, only)
  return { ok: true, value: { ...base, organizationIds } }
}

async function withOrganization(
  deps: AuthenticateDependencies,
  base: Omit<Identity, 'organizationIds'>,
  organizationId: string,
): Promise<Outcome<Identity>> {
  const { userId } = base
  const role = await roleIn(deps.store, organizationId, userId)
  if (!role) return noOrganization()
  const principal = { kind: 'user' as const, userId, organizationId, role, grants: grantsOfRole(role) }
  return { ok: true, value: { ...base, organizationIds: [organizationId], principal, role } }
}

/** A key acts within what its user may do now: with the membership gone, or the role lowered, the key shrinks too. */
async function ofKey(
  deps: AuthenticateDependencies,
  text: string,
  wanted: string | undefined,
): Promise<Outcome<Identity>> {
  const key = await deps.apiKeys.find(text)
  const organizationId = key?.organizationId
  if (!key || organizationId === undefined) return unauthenticated()
  const user = await deps.store.asSystem(REASON)(users).get(key.userId)
  const role = user && (await roleIn(deps.store, organizationId, user._id))
  if (!user || !role) return unauthenticated()
  if (wanted !== undefined && wanted !== organizationId) return noOrganization()
  return { ok: true, value: keyIdentity(key, user, organizationId, role) }
}

function keyIdentity(key: ApiKeyDocument, user: UserDocument, organizationId: string, role: Role): Identity {
  const grants = grantsWithin(role, key.scopes)
  return {
    ...person(user),
    kind: 'key',
    // A key is for machines: the powers of a person over the platform are not in it.
    platformRoles: [],
    publisherScopes: key.publishers.map((slug) => `publish:${slug}`),
    organizationIds: [organizationId],
    principal: { kind: 'key', keyId: key._id, userId: user._id, organizationId, grants },
    role,
    requestsPerHour: key.requestsPerHour,
  }
}

function person({ _id: userId, email, platformRoles }: UserDocument) {
  return { userId, email, platformRoles }
}

function unauthenticated() {
  return refused('UNAUTHENTICATED', 'send a valid session token or API key')
}

function noOrganization() {
  return refused('NOT_FOUND', 'there is no such organization')
}
