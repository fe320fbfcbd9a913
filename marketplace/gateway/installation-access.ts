import type { FastifyRequest } from 'fastify'
import type { UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { Services } from '../services.ts'
import { requireOrganization } from './authentication.ts'
import { orRefuse, refuse } from './refusal.ts'

/** An owner or admin of the organization that the request acts for. */
export async function requireAdmin(request: FastifyRequest): Promise<UserPrincipal> {
  return adminOf((await requireOrganization(request)).principal)
}

/** A person of the organization that the request acts for; keys are programs and ask for nothing. */
export async function requireMember(request: FastifyRequest): Promise<UserPrincipal> {
  const { principal } = await requireOrganization(request)
  if (principal.kind === 'user') return principal
  return refuse('PERMISSION_DENIED', 'this is for persons of the organization')
}

/** The installation, to an owner or admin of its organization; to strangers there is none. */
export async function managedInstallation(
  installations: Services['installations'],
  request: FastifyRequest,
  id: string,
): Promise<{ organizationId: string; installationId: string }> {
  const { principal } = await requireOrganization(request)
  orRefuse(await installations.get(principal, id))
  return { organizationId: adminOf(principal).organizationId, installationId: id }
}

function adminOf(principal: Awaited<ReturnType<typeof requireOrganization>>['principal']): UserPrincipal {
  if (principal.kind === 'user' && (principal.role === 'owner' || principal.role === 'admin')) return principal
  return refuse('PERMISSION_DENIED', 'this is for owners and admins of the organization')
}
