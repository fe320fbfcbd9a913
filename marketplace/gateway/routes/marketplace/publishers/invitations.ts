import { Type } from '@sinclair/typebox'
import type { Services } from '../../../../services.ts'
import { Email, Token } from '../../../account-schemas.ts'
import type { App } from '../../../app-type.ts'
import { requireSession } from '../../../authentication.ts'
import { Slug } from '../../../marketplace-schemas.ts'
import { PublisherInvitation, PublisherRole } from '../../../publisher-schemas.ts'
import { orRefuse } from '../../../refusal.ts'
import { Id, PROBLEMS, SESSION_ONLY, Strict } from '../../../schemas.ts'

const tags = ['marketplace/publishers']
const params = Strict({ slug: Slug })

const create = {
  tags,
  summary: 'Invites an address or a user for seven days; the token is shown once, to be handed over; for owners',
  security: SESSION_ONLY,
  params,
  body: Strict({ email: Type.Optional(Email), userId: Type.Optional(Id), role: PublisherRole }),
  response: { 201: Type.Object({ ...PublisherInvitation.properties, token: Type.String() }), ...PROBLEMS },
}

const list = {
  tags,
  summary: 'Lists the open invitations; for owners',
  security: SESSION_ONLY,
  params,
  response: { 200: Type.Object({ data: Type.Array(PublisherInvitation) }), ...PROBLEMS },
}

const withdraw = {
  tags,
  summary: 'Withdraws an open invitation; for owners',
  security: SESSION_ONLY,
  params: Strict({ slug: Slug, id: Id }),
  response: { 204: Type.Null({ description: 'Withdrawn' }), ...PROBLEMS },
}

const accept = {
  tags,
  summary: 'Joins the publisher that the token invites to; for the invited person',
  security: SESSION_ONLY,
  body: Strict({ token: Token }),
  response: { 200: Type.Object({ publisher: Type.String(), role: PublisherRole }), ...PROBLEMS },
}

const decline = {
  tags,
  summary: 'Declines an invitation; for the invited person',
  security: SESSION_ONLY,
  body: Strict({ token: Token }),
  response: { 204: Type.Null({ description: 'Declined' }), ...PROBLEMS },
}

const ALL = '/api/marketplace/publishers'
const PATH = `${ALL}/:slug/invitations` as const

export function registerPublisherInvitations(app: App, { publisherInvitations: invitations }: Services): void {
  app.post(PATH, { schema: create }, async (request, reply) => {
    const identity = await requireSession(request)
    return reply.code(201).send(orRefuse(await invitations.create(identity, request.params.slug, request.body)))
  })
  app.get(PATH, { schema: list }, async (request) => {
    return { data: orRefuse(await invitations.list(await requireSession(request), request.params.slug)) }
  })
  app.delete(`${PATH}/:id`, { schema: withdraw }, async (request, reply) => {
    const { slug, id } = request.params
    orRefuse(await invitations.withdraw(await requireSession(request), slug, id))
    return reply.code(204).send(null)
  })
  app.post(`${ALL}/invitations/accept`, { schema: accept }, async (request) => {
    return orRefuse(await invitations.accept(await requireSession(request), request.body.token))
  })
  app.post(`${ALL}/invitations/decline`, { schema: decline }, async (request, reply) => {
    orRefuse(await invitations.decline(await requireSession(request), request.body.token))
    return reply.code(204).send(null)
  })
}
