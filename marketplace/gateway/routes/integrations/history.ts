import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireOrganization } from '../../authentication.ts'
import {
  IntegrationLogLevel,
  IntegrationLogLine,
  IntegrationState,
  QuarantineEntry,
  QuarantineState,
} from '../../integration-schemas.ts'
import { orRefuse } from '../../refusal.ts'
import { IdParams, PageOf, PageQuery, PROBLEMS, SESSION_OR_KEY, Strict } from '../../schemas.ts'

const tags = ['integrations']
const shared = { tags, security: SESSION_OR_KEY, params: IdParams }

const status = {
  ...shared,
  summary: 'State, health, last result and the run that is under way',
  response: { 200: IntegrationState, ...PROBLEMS },
}

const logs = {
  ...shared,
  summary: 'What happened, newest first',
  querystring: Strict({ ...PageQuery.properties, level: Type.Optional(IntegrationLogLevel) }),
  response: { 200: PageOf(IntegrationLogLine), ...PROBLEMS },
}

const quarantine = {
  ...shared,
  summary: 'Records that could not go through, each with its reason, newest first',
  querystring: Strict({ ...PageQuery.properties, state: Type.Optional(QuarantineState) }),
  response: { 200: PageOf(QuarantineEntry), ...PROBLEMS },
}

/** What became of an integration's runs. */
export function registerIntegrationHistory(app: App, { runtime }: Services): void {
  const { integrations } = runtime
  app.get('/api/integrations/:id/status', { schema: status }, async (request) => {
    const { principal } = await requireOrganization(request)
    return orRefuse(await integrations.status(principal, request.params.id))
  })
  app.get('/api/integrations/:id/logs', { schema: logs }, async (request) => {
    const { principal } = await requireOrganization(request)
    return orRefuse(await integrations.logs(principal, request.params.id, request.query))
  })
  app.get('/api/integrations/:id/quarantine', { schema: quarantine }, async (request) => {
    const { principal } = await requireOrganization(request)
    return orRefuse(await integrations.quarantine(principal, request.params.id, request.query))
  })
}
