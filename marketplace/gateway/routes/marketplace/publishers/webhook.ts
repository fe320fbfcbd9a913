import { Type } from '@sinclair/typebox'
import type { Services } from '../../../../services.ts'
import type { App } from '../../../app-type.ts'
import { requireSession } from '../../../authentication.ts'
import { AuthorEventName, PublisherWebhook, WebhookDelivery } from '../../../notification-schemas.ts'
import { orRefuse } from '../../../refusal.ts'
import { Id, PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../../../schemas.ts'

const one = { tags: ['marketplace/publishers'], security: SESSION_ONLY, params: Strict({ slug: Id }) }

const put = {
  ...one,
  summary: 'Where the publisher is called when something becomes of its packages; for owners',
  body: Strict({
    url: Type.String({ minLength: 1, maxLength: 2048 }),
    events: Type.Array(AuthorEventName, { minItems: 1, maxItems: 50 }),
  }),
  response: {
    200: Type.Object({
      ...PublisherWebhook.properties,
      secret: Type.String({ description: 'Signs the calls (Standard Webhooks); shown this once' }),
    }),
    ...PROBLEMS,
  },
}
const get = { ...one, summary: 'The webhook, without its secret', response: { 200: PublisherWebhook, ...PROBLEMS } }
const remove = { ...one, summary: 'Takes it away', response: { 204: Type.Null(), ...PROBLEMS } }
const deliveries = {
  ...one,
  summary: 'Its calls, newest first',
  querystring: PageQuery,
  response: { 200: PageOf(WebhookDelivery), ...PROBLEMS },
}

const PATH = '/api/marketplace/publishers/:slug/webhook'

export function registerPublisherWebhook(app: App, { notifications: { webhooks } }: Services): void {
  app.put(PATH, { schema: put }, async (request) => {
    return orRefuse(await webhooks.set(await requireSession(request), request.params.slug, request.body))
  })
  app.get(PATH, { schema: get }, async (request) => {
    return orRefuse(await webhooks.get(await requireSession(request), request.params.slug))
  })
  app.delete(PATH, { schema: remove }, async (request, reply) => {
    orRefuse(await webhooks.remove(await requireSession(request), request.params.slug))
    return reply.code(204).send(null)
  })
  app.get(`${PATH}/deliveries`, { schema: deliveries }, async (request) => {
    return orRefuse(await webhooks.deliveries(await requireSession(request), request.params.slug, request.query))
  })
}
