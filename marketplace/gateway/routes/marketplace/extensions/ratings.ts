import { Type } from '@sinclair/typebox'
import { viewerOf } from '../../../../publishing/visibility.ts'
import type { Services } from '../../../../services.ts'
import type { App } from '../../../app-type.ts'
import { identityOf, requireSession } from '../../../authentication.ts'
import { requireAdmin } from '../../../installation-access.ts'
import { ExtensionParams } from '../../../marketplace-schemas.ts'
import { orRefuse } from '../../../refusal.ts'
import { Id, Instant, OPEN, PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../../../schemas.ts'

const tags = ['marketplace/extensions']
const Stars = Type.Integer({ minimum: 1, maximum: 5 })
const Rating = Type.Object({
  id: Id,
  stars: Stars,
  text: Type.String(),
  createdAt: Instant,
  updatedAt: Instant,
  reply: Type.Optional(Type.Object({ text: Type.String(), at: Instant }, { description: "The publisher's" })),
  own: Type.Optional(Type.Literal(true, { description: "The sender's organization gave it" })),
})

const list = {
  tags,
  summary: 'Lists what organizations that have it say of an extension, latest first',
  security: OPEN,
  params: ExtensionParams,
  querystring: PageQuery,
  response: { 200: PageOf(Rating), ...PROBLEMS },
}
const rate = {
  tags,
  summary: "Rates an extension for the sender's organization, in the place of an earlier rating",
  security: SESSION_ONLY,
  params: ExtensionParams,
  body: Strict({ stars: Stars, text: Type.String({ maxLength: 2000, default: '' }) }),
  response: { 200: Rating, ...PROBLEMS },
}
const withdraw = {
  tags,
  summary: "Takes the rating of the sender's organization back",
  security: SESSION_ONLY,
  params: ExtensionParams,
  response: { 204: Type.Null(), ...PROBLEMS },
}
const reply = {
  tags,
  summary: 'Replies to a rating, as a member of the publisher',
  security: SESSION_ONLY,
  params: Strict({ ...ExtensionParams.properties, id: Id }),
  body: Strict({ text: Type.String({ minLength: 1, maxLength: 2000 }) }),
  response: { 200: Rating, ...PROBLEMS },
}
const unreply = {
  tags,
  summary: 'Takes the reply to a rating back',
  security: SESSION_ONLY,
  params: reply.params,
  response: { 200: Rating, ...PROBLEMS },
}

const PATH = '/api/marketplace/extensions/:publisher/:name/ratings'

export function registerRatings(app: App, { ratings }: Services): void {
  app.get(PATH, { schema: list }, async (request) => {
    const viewer = viewerOf(await identityOf(request))
    return orRefuse(await ratings.list(nameOf(request.params), viewer, request.query))
  })
  app.put(PATH, { schema: rate }, async (request) => {
    return orRefuse(await ratings.rate(await requireAdmin(request), nameOf(request.params), request.body))
  })
  app.delete(PATH, { schema: withdraw }, async (request, reply) => {
    orRefuse(await ratings.withdraw(await requireAdmin(request), nameOf(request.params)))
    return reply.code(204).send(null)
  })
  app.put(`${PATH}/:id/reply`, { schema: reply }, async (request) => {
    const identity = await requireSession(request)
    const { id } = request.params
    return orRefuse(await ratings.reply(identity, nameOf(request.params), id, request.body.text))
  })
  app.delete(`${PATH}/:id/reply`, { schema: unreply }, async (request) => {
    const identity = await requireSession(request)
    return orRefuse(await ratings.reply(identity, nameOf(request.params), request.params.id, undefined))
  })
}

function nameOf({ publisher, name }: { publisher: string; name: string }): string {
  return `@${publisher}/${name}`
}
