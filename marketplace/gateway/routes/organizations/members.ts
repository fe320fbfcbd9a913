import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import { Member, Role } from '../../account-schemas.ts'
import type { App } from '../../app-type.ts'
import { membershipOf } from '../../membership.ts'
import { orRefuse } from '../../refusal.ts'
import { Id, IdParams, PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../../schemas.ts'

const tags = ['organizations/members']
const params = Strict({ id: Id, userId: Id })

const list = {
  tags,
  summary: 'Lists the members, longest first',
  security: SESSION_ONLY,
  params: IdParams,
  querystring: PageQuery,
  response: { 200: PageOf(Member), ...PROBLEMS },
}

const change = {
  tags,
  summary: "Changes a member's role; the last owner keeps theirs",
  security: SESSION_ONLY,
  params,
  body: Strict({ role: Role }),
  response: { 200: Member, ...PROBLEMS },
}

const remove = {
  tags,
  summary: 'Takes a member out, or the sender themselves; their sessions and keys act for it no more',
  security: SESSION_ONLY,
  params,
  response: { 204: Type.Null({ description: 'Taken out' }), ...PROBLEMS },
}

export function registerMembers(app: App, { accounts }: Services): void {
  app.get('/api/organizations/:id/members', { schema: list }, async (request) => {
    const { organizationId } = await membershipOf(request, accounts, request.params.id)
    return accounts.members.list(organizationId, request.query)
  })
  app.patch('/api/organizations/:id/members/:userId', { schema: change }, async (request) => {
    const { id, userId } = request.params
    const actor = await membershipOf(request, accounts, id)
    return orRefuse(await accounts.members.changeRole(actor, userId, request.body.role))
  })
  app.delete('/api/organizations/:id/members/:userId', { schema: remove }, async (request, reply) => {
    const { id, userId } = request.params
    const actor = await membershipOf(request, accounts, id)
    orRefuse(await accounts.members.remove(actor, userId))
    return reply.code(204).send(null)
  })
}
