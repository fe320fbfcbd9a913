import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { Delivery } from '../../../runtime/events/delivery.ts'
import type { Services } from '../../services.ts'
import type { App } from '../app-type.ts'
import { requireOrganization, requireSession } from '../authentication.ts'
import { orRefuse } from '../refusal.ts'
import { Id, IdParams, Instant, PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../schemas.ts'

const tags = ['events']
const STATES = (['PENDING', 'DELIVERED', 'SKIPPED', 'STOPPED', 'DEAD'] as const).map((state) => Type.Literal(state))

const DeliveryView = Type.Object({
  id: Id,
  eventId: Type.String(),
  type: Type.String(),
  installationId: Type.String(),
  extension: Type.String(),
  state: Type.Union(STATES),
  reason: Type.Optional(Type.String({ description: 'Why it was skipped or stopped' })),
  attempts: Type.Integer(),
  lastError: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
  jobId: Type.Optional(Type.String()),
  createdAt: Instant,
  endedAt: Type.Optional(Instant),
})

const EventView = Type.Object({
  id: Id,
  type: Type.String(),
  sequence: Type.Integer({ description: 'The order of commits within the organization' }),
  occurredAt: Instant,
  payload: Type.Unknown(),
  deliveries: Type.Array(DeliveryView),
})

const list = {
  tags,
  summary: 'What happened in the organization, newest first, with what became of it; for owners and admins',
  security: SESSION_ONLY,
  querystring: PageQuery,
  response: { 200: PageOf(EventView), ...PROBLEMS },
}

const deliveries = {
  tags,
  summary: 'Events on their way to extensions, newest first; `state=DEAD` are those that nobody could deliver',
  security: SESSION_ONLY,
  querystring: Strict({
    ...PageQuery.properties,
    state: Type.Optional(Type.Union(STATES)),
    installation: Type.Optional(Id),
  }),
  response: { 200: PageOf(DeliveryView), ...PROBLEMS },
}

const retry = {
  tags,
  summary: 'Has a dead delivery tried anew',
  security: SESSION_ONLY,
  params: IdParams,
  response: { 202: DeliveryView, ...PROBLEMS },
}

export function registerEvents(app: App, { runtime }: Services): void {
  app.get('/api/events', { schema: list }, async (request) => {
    const page = orRefuse(await runtime.events.list(await adminsOrganization(request), request.query))
    return { ...page, data: page.data.map((event) => ({ ...event, deliveries: event.deliveries.map(viewOf) })) }
  })
  app.get('/api/events/deliveries', { schema: deliveries }, async (request) => {
    const { installation: installationId, ...query } = request.query
    const asked = { ...query, ...(installationId === undefined ? {} : { installationId }) }
    const page = orRefuse(await runtime.events.deliveries(await adminsOrganization(request), asked))
    return { ...page, data: page.data.map(viewOf) }
  })
  app.post('/api/events/deliveries/:id/retry', { schema: retry }, async (request, reply) => {
    const delivery = orRefuse(await runtime.events.retry(await adminsOrganization(request), request.params.id))
    return reply.code(202).send(viewOf(delivery))
  })
}

async function adminsOrganization(request: FastifyRequest): Promise<string> {
  await requireSession(request)
  const { principal } = await requireOrganization(request, ['owner', 'admin'])
  return principal.organizationId
}

function viewOf({ _id: id, eventId, type, installationId, extension, state, attempts, createdAt, ...more }: Delivery) {
  const { reason, lastError, jobId, endedAt } = more
  return {
    ...{ id, eventId, type, installationId, extension, state, attempts, createdAt },
    ...(reason !== undefined && { reason }),
    ...(lastError && { lastError }),
    ...(jobId !== undefined && { jobId }),
    ...(endedAt !== undefined && { endedAt }),
  }
}
