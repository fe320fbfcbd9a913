import { Type } from '@sinclair/typebox'
import type { Services } from '../../../../services.ts'
import type { App } from '../../../app-type.ts'
import { requireSession } from '../../../authentication.ts'
import { Slug } from '../../../marketplace-schemas.ts'
import { PublisherMember, PublisherRole } from '../../../publisher-schemas.ts'
import { orRefuse } from '../../../refusal.ts'
import { Id, PROBLEMS, SESSION_ONLY, Strict } from '../../../schemas.ts'

const tags = ['marketplace/publishers']
const params = Strict({ slug: Slug })
const memberParams = Strict({ slug: Slug, userId: Id })

const list = {
  tags,
  summary: 'Lists the members; for members',
  security: SESSION_ONLY,
  params,
  response: { 200: Type.Object({ data: Type.Array(PublisherMember) }), ...PROBLEMS },
}

const change = {
  tags,
  summary: 'Sets the role of a member; for owners',
  security: SESSION_ONLY,
  params: memberParams,
  body: Strict({ role: PublisherRole }),
  response: { 200: PublisherMember, ...PROBLEMS },
}

const remove = {
  tags,
  summary: 'Removes a member; for owners, and for oneself',
  security: SESSION_ONLY,
  params: memberParams,
  response: { 204: Type.Null({ description: 'Removed' }), ...PROBLEMS },
}

const PATH = '/api/marketplace/publishers/:slug/members'

export function registerPublisherMembers(app: App, { publishing }: Services): void {
  const { publishers } = publishing
  app.get(PATH, { schema: list }, async (request) => {
    return { data: orRefuse(await publishers.members(await requireSession(request), request.params.slug)) }
  })
  app.put(`${PATH}/:userId`, { schema: change }, async (request) => {
    const { slug, userId } = request.params
    const identity = await requireSession(request)
    return orRefuse(await publishers.changeRole(identity, slug, userId, request.body.role))
  })
  app.delete(`${PATH}/:userId`, { schema: remove }, async (request, reply) => {
    const { slug, userId } = request.params
    orRefuse(await publishers.removeMember(await requireSession(request), slug, userId))
    return reply.code(204).send(null)
  })
}
