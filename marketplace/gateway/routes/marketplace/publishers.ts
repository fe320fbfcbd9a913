import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireSession } from '../../authentication.ts'
import { Slug } from '../../marketplace-schemas.ts'
import { OwnPublisher, Publisher } from '../../publisher-schemas.ts'
import { orRefuse } from '../../refusal.ts'
import { PROBLEMS, SESSION_ONLY, Strict } from '../../schemas.ts'

const tags = ['marketplace/publishers']

const create = {
  tags,
  summary: 'Claims a namespace; the sender becomes its owner',
  security: SESSION_ONLY,
  body: Strict({ slug: Slug, displayName: Type.Optional(Type.String({ minLength: 2, maxLength: 80 })) }),
  response: { 201: Publisher, ...PROBLEMS },
}

const list = {
  tags,
  summary: 'Lists the publishers that the sender belongs to',
  security: SESSION_ONLY,
  response: { 200: Type.Object({ data: Type.Array(OwnPublisher) }), ...PROBLEMS },
}

const get = {
  tags,
  summary: 'Shows a publisher',
  security: SESSION_ONLY,
  params: Strict({ slug: Slug }),
  response: { 200: Publisher, ...PROBLEMS },
}

export function registerPublishers(app: App, { publishing }: Services): void {
  const { publishers } = publishing
  app.post('/api/marketplace/publishers', { schema: create }, async (request, reply) => {
    const publisher = orRefuse(await publishers.create(await requireSession(request), request.body))
    return reply.code(201).header('location', `/api/marketplace/publishers/${publisher.slug}`).send(publisher)
  })
  app.get('/api/marketplace/publishers', { schema: list }, async (request) => {
    return { data: await publishers.listOwn(await requireSession(request)) }
  })
  app.get('/api/marketplace/publishers/:slug', { schema: get }, async (request) => {
    await requireSession(request)
    return orRefuse(await publishers.get(request.params.slug))
  })
}
