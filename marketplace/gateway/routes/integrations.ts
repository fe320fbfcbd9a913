import { CreateIntegrationRequest, UpdateIntegrationRequest } from '../../../runtime/sync/integration-request.ts'
import type { Services } from '../../services.ts'
import type { App } from '../app-type.ts'
import { requireOrganization } from '../authentication.ts'
import { Integration } from '../integration-schemas.ts'
import { orRefuse } from '../refusal.ts'
import { IdParams, PageOf, PageQuery, PROBLEMS, SESSION_OR_KEY } from '../schemas.ts'

const tags = ['integrations']

const create = {
  tags,
  summary: 'Connects an installed connector to an outside system',
  security: SESSION_OR_KEY,
  body: CreateIntegrationRequest,
  response: { 201: Integration, ...PROBLEMS },
}

const list = {
  tags,
  summary: 'Lists the integrations of the organization',
  security: SESSION_OR_KEY,
  querystring: PageQuery,
  response: { 200: PageOf(Integration), ...PROBLEMS },
}

const get = {
  tags,
  summary: 'Shows an integration, by id or slug',
  security: SESSION_OR_KEY,
  params: IdParams,
  response: { 200: Integration, ...PROBLEMS },
}

const update = {
  tags,
  summary: 'Changes an integration: what is absent stays',
  security: SESSION_OR_KEY,
  params: IdParams,
  body: UpdateIntegrationRequest,
  response: { 200: Integration, ...PROBLEMS },
}

export function registerIntegrations(app: App, { runtime }: Services): void {
  const { integrations } = runtime
  app.post('/api/integrations', { schema: create }, async (request, reply) => {
    const { principal } = await requireOrganization(request)
    const integration = orRefuse(await integrations.create(principal, request.body))
    return reply.code(201).header('location', `/api/integrations/${integration.id}`).send(integration)
  })
  app.get('/api/integrations', { schema: list }, async (request) => {
    const { principal } = await requireOrganization(request)
    return orRefuse(await integrations.list(principal, request.query))
  })
  app.get('/api/integrations/:id', { schema: get }, async (request) => {
    const { principal } = await requireOrganization(request)
    return orRefuse(await integrations.get(principal, request.params.id))
  })
  app.patch('/api/integrations/:id', { schema: update }, async (request) => {
    const { principal } = await requireOrganization(request)
    return orRefuse(await integrations.update(principal, request.params.id, request.body))
  })
}
