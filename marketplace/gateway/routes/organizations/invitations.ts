import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import { Email, Organization, Role, Token } from '../../account-schemas.ts'
import type { App } from '../../app-type.ts'
import { requireSession } from '../../authentication.ts'
import { membershipOf } from '../../membership.ts'
import { orRefuse } from '../../refusal.ts'
import { Id, IdParams, Instant, PROBLEMS, SESSION_ONLY, Strict } from '../../schemas.ts'

const tags = ['organizations/invitations']

const create = {
  tags,
  summary: 'Invites an address for seven days; the token is shown once, to be handed over',
  security: SESSION_ONLY,
  params: IdParams,
  body: Strict({ email: Email, role: Role }),
  response: {
    201: Type.Object({
      id: Id,
      email: Type.String(),
      role: Role,
      createdAt: Instant,
      expiresAt: Instant,
      token: Type.String(),
    }),
    ...PROBLEMS,
  },
}

const accept = {
  tags,
  summary: 'Joins the organization that the token invites to',
  security: SESSION_ONLY,
  body: Strict({ token: Token }),
  response: { 200: Organization, ...PROBLEMS },
}

export function registerInvitations(app: App, { accounts }: Services): void {
  app.post('/api/organizations/:id/invitations', { schema: create }, async (request, reply) => {
    const actor = await membershipOf(request, accounts, request.params.id)
    return reply.code(201).send(orRefuse(await accounts.invitations.create(actor, request.body)))
  })
  app.post('/api/organizations/invitations/accept', { schema: accept }, async (request) => {
    const { userId, email } = await requireSession(request)
    return orRefuse(await accounts.acceptInvitation({ userId, email }, request.body.token))
  })
}
