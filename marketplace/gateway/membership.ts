import type { FastifyRequest } from 'fastify'
import type { Accounts } from '../accounts/accounts.ts'
import type { MemberActor } from '../accounts/members.ts'
import { requireSession } from './authentication.ts'
import { refuse } from './refusal.ts'

/** The sender as a member of the organization in the path; to everybody else there is no such organization. */
export async function membershipOf(request: FastifyRequest, accounts: Accounts, id: string): Promise<MemberActor> {
  const { userId } = await requireSession(request)
  const membership = await accounts.organizations.membership(id, userId)
  if (!membership) return refuse('NOT_FOUND', 'there is no such organization')
  return { userId, organizationId: id, role: membership.role }
}
