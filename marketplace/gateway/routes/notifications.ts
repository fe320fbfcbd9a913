import { Type } from '@sinclair/typebox'
import type { Services } from '../../services.ts'
import type { App } from '../app-type.ts'
import { requireSession } from '../authentication.ts'
import { Notification, NotificationWish } from '../notification-schemas.ts'
import { orRefuse } from '../refusal.ts'
import { PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../schemas.ts'

const tags = ['notifications']

const list = {
  tags,
  summary: 'What became of your packages and of what your organization installs, newest first',
  security: SESSION_ONLY,
  querystring: Strict({ ...PageQuery.properties, unread: Type.Optional(Type.Boolean()) }),
  response: { 200: PageOf(Notification), ...PROBLEMS },
}

const read = {
  tags,
  summary: 'It was read',
  security: SESSION_ONLY,
  params: Strict({ id: Type.String({ minLength: 1, maxLength: 256 }) }),
  response: { 204: Type.Null(), ...PROBLEMS },
}

const wish = {
  tags,
  summary: 'What comes by email, and in which language',
  security: SESSION_ONLY,
  response: { 200: NotificationWish, ...PROBLEMS },
}

const setWish = { ...wish, summary: 'Changes that', body: NotificationWish }

const PATH = '/api/notifications'

export function registerNotifications(app: App, { notifications }: Services): void {
  app.get(PATH, { schema: list }, async (request) => {
    return orRefuse(await notifications.list(await requireSession(request), request.query))
  })
  app.post(`${PATH}/:id/read`, { schema: read }, async (request, reply) => {
    orRefuse(await notifications.markRead(await requireSession(request), request.params.id))
    return reply.code(204).send(null)
  })
  app.get(`${PATH}/settings`, { schema: wish }, async (request) => notifications.wish(await requireSession(request)))
  app.put(`${PATH}/settings`, { schema: setWish }, async (request) => {
    return notifications.setWish(await requireSession(request), request.body)
  })
}
