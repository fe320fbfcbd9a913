import { Type } from '@sinclair/typebox'
import type { Services } from '../../../../services.ts'
import type { App } from '../../../app-type.ts'
import { requireSession } from '../../../authentication.ts'
import { ReviewMessage } from '../../../marketplace-schemas.ts'
import { orRefuse } from '../../../refusal.ts'
import { IdParams, PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../../../schemas.ts'

const tags = ['marketplace/reviews']

const list = {
  tags,
  summary: 'Messages between reviewers and the publisher, oldest first',
  security: SESSION_ONLY,
  params: IdParams,
  querystring: PageQuery,
  response: {
    200: Type.Object({
      ...PageOf(ReviewMessage).properties,
      unreadSince: Type.Optional(
        Type.String({ format: 'date-time', description: 'Since when words of the other side wait to be read' }),
      ),
    }),
    ...PROBLEMS,
  },
}

const read = {
  tags,
  summary: 'What the other side wrote was read',
  security: SESSION_ONLY,
  params: IdParams,
  response: { 204: Type.Null(), ...PROBLEMS },
}

const post = {
  tags,
  summary: 'Writes to the other side',
  security: SESSION_ONLY,
  params: IdParams,
  body: Strict({ text: Type.String({ minLength: 1, maxLength: 4000 }) }),
  response: { 201: ReviewMessage, ...PROBLEMS },
}

const PATH = '/api/marketplace/reviews/:id/messages'

export function registerReviewMessages(app: App, { reviews }: Services): void {
  app.get(PATH, { schema: list }, async (request) => {
    return orRefuse(await reviews.messages(await requireSession(request), request.params.id, request.query))
  })
  app.post(PATH, { schema: post }, async (request, reply) => {
    const identity = await requireSession(request)
    return reply.code(201).send(orRefuse(await reviews.post(identity, request.params.id, request.body.text)))
  })
  app.post(`${PATH}/read`, { schema: read }, async (request, reply) => {
    orRefuse(await reviews.markRead(await requireSession(request), request.params.id))
    return reply.code(204).send(null)
  })
}
