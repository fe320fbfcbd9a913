import type { FastifyRequest } from 'fastify'
import type { KeyPrincipal, UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { PlatformRole, Role } from '../accounts/accounts-collections.ts'
import type { Identity } from '../accounts/identity.ts'
import type { Outcome } from '../errors.ts'
import type { App } from './app-type.ts'
import { orRefuse, refuse } from './refusal.ts'

const outcomes = new WeakMap<FastifyRequest, Outcome<Identity>>()

/** Reads who sends each request, once, before its body is. Whether that is enough is for the route to say. */
export function authenticateRequests(app: App, accounts: Accounts): void {
  app.addHook('onRequest', async (request) => {
    const { authorization } = request.headers
    const apiKey = single(request, 'x-api-key')
    single(request, 'authorization')
    if (authorization === undefined && apiKey === undefined) return
    const organization = single(request, 'x-organization')
    const outcome = await accounts.authenticate({ authorization, apiKey, organization })
    if (!outcome.ok && outcome.error.code === 'SEVERAL_CREDENTIALS') orRefuse(outcome)
    outcomes.set(request, outcome)
  })
}

/** The sender, or `undefined` when the request proves none. For routes that are open to everybody. */
export async function identityOf(request: FastifyRequest): Promise<Identity | undefined> {
  const outcome = outcomes.get(request)
  return outcome?.ok ? outcome.value : undefined
}

/** The sender; 401 when there is none. */
export async function requireIdentity(request: FastifyRequest): Promise<Identity> {
  const outcome = outcomes.get(request)
  return outcome ? orRefuse(outcome) : refuse('UNAUTHENTICATED', 'send a session token or an API key')
}

/** A person with a session: 403 for keys. */
export async function requireSession(request: FastifyRequest): Promise<Identity & { sessionId: string }> {
  const identity = await requireIdentity(request)
  const { sessionId } = identity
  if (sessionId === undefined) return refuse('SESSION_REQUIRED', 'an API key may not do this; sign in')
  return { ...identity, sessionId }
}

export interface OrganizationIdentity extends Identity {
  principal: UserPrincipal | KeyPrincipal
  role: Role
}

/** The sender acting for one organization; with `roles`, one of them. */
export async function requireOrganization(
  request: FastifyRequest,
  roles: readonly Role[] = ['owner', 'admin', 'member'],
): Promise<OrganizationIdentity> {
  const identity = await requireIdentity(request)
  const { principal, role } = identity
  if (!principal || role === undefined)
    return refuse('ORGANIZATION_REQUIRED', 'name one of your organizations in X-Organization', {
      details: { organizations: identity.organizationIds },
    })
  if (!roles.includes(role)) return refuse('PERMISSION_DENIED', `this needs the role ${roles.join(' or ')}`)
  return { ...identity, principal, role }
}

/** A person with a role over the platform. */
export async function requirePlatformRole(request: FastifyRequest, role: PlatformRole): Promise<Identity> {
  const identity = await requireSession(request)
  if (!identity.platformRoles.includes(role)) return refuse('PERMISSION_DENIED', `this needs the platform role ${role}`)
  return identity
}

/** The one value of a header. Node keeps the first of several `Authorization` lines: two are refused, not chosen from. */
function single(request: FastifyRequest, name: string): string | undefined {
  const { rawHeaders } = request.raw
  const values = rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name)
  if (values.length > 1) return refuse('SEVERAL_CREDENTIALS', `${name} was sent ${values.length} times`)
  return values[0]
}
