import { Type } from '@sinclair/typebox'
import type { Services } from '../../services.ts'
import type { App } from '../app-type.ts'
import { requireOrganization } from '../authentication.ts'
import { refuse } from '../refusal.ts'
import { Id, IdParams, PROBLEMS, SESSION_OR_KEY } from '../schemas.ts'

const tags = ['connectors']
const Open = Type.Record(Type.String(), Type.Unknown())

const Connector = Type.Object({
  id: Id,
  installationId: Id,
  extension: Type.String(),
  version: Type.String(),
  displayName: Type.String(),
  description: Type.Optional(Type.String()),
  integrationType: Type.String(),
  configSchema: Type.Optional(Open),
  credentialsSchema: Type.Optional(Open),
  credentialType: Type.Optional(Type.String()),
  streams: Open,
  actions: Type.Record(Type.String(), Open, { description: 'JSON Schemas of the params, by name' }),
  capabilities: Type.Array(Type.String()),
})

const list = {
  tags,
  summary: 'Lists the connectors that the organization has installed',
  security: SESSION_OR_KEY,
  response: { 200: Type.Object({ data: Type.Array(Connector) }), ...PROBLEMS },
}

const get = {
  tags,
  summary: 'Shows one: its streams, and the schemas of its config and credentials',
  security: SESSION_OR_KEY,
  params: IdParams,
  response: { 200: Connector, ...PROBLEMS },
}

export function registerConnectors(app: App, { runtime }: Services): void {
  app.get('/api/connectors', { schema: list }, async (request) => {
    const { principal } = await requireOrganization(request)
    return { data: await runtime.connectors.list(principal.organizationId) }
  })
  app.get('/api/connectors/:id', { schema: get }, async (request) => {
    const { principal } = await requireOrganization(request)
    const connector = await runtime.connectors.get(principal.organizationId, request.params.id)
    return connector ?? refuse('NOT_FOUND', 'there is no such connector')
  })
}
