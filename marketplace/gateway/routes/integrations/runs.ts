import type { JsonObject } from '@annex/sdk/json'
import { Type } from '@sinclair/typebox'
import { SyncRequest } from '../../../../runtime/sync/integration-request.ts'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireOrganization } from '../../authentication.ts'
import { ActionResult, ConnectionTest, SyncResult } from '../../integration-schemas.ts'
import { orRefuse } from '../../refusal.ts'
import { Id, IdParams, PROBLEMS, SESSION_OR_KEY, Strict } from '../../schemas.ts'

const tags = ['integrations']

const RecordQuery = Strict({
  record: Type.Optional(Type.Boolean({ description: 'Keep the recording of the run also when it succeeds' })),
})

const test = {
  tags,
  summary: 'Tests the connection step by step',
  security: SESSION_OR_KEY,
  params: IdParams,
  querystring: RecordQuery,
  response: { 200: ConnectionTest, ...PROBLEMS },
}

const sync = {
  tags,
  summary: 'Starts a sync: 200 with the result when it ends in time, else 202 with its job',
  security: SESSION_OR_KEY,
  params: IdParams,
  body: Type.Union([SyncRequest, Type.Null()], { description: 'May be left out' }),
  response: {
    200: Type.Object({ jobId: Id, result: SyncResult }),
    202: Type.Object({ jobId: Id }),
    ...PROBLEMS,
  },
}

const action = {
  tags,
  summary: 'Calls an action of the connector; one that fails is answered with 200 and ok: false',
  security: SESSION_OR_KEY,
  params: Strict({ id: Id, action: Type.String({ minLength: 1, maxLength: 64 }) }),
  querystring: RecordQuery,
  body: Type.Union([Type.Record(Type.String({ maxLength: 128 }), Type.Unknown()), Type.Null()], {
    description: 'The params, by the schema of the action; may be left out',
  }),
  response: { 200: ActionResult, ...PROBLEMS },
}

/** What a person or machine can make an integration do now. */
export function registerIntegrationRuns(app: App, { runtime }: Services): void {
  const { integrations } = runtime
  app.post('/api/integrations/:id/test', { schema: test }, async (request) => {
    const { principal } = await requireOrganization(request)
    return orRefuse(await integrations.test(principal, request.params.id, request.query))
  })
  app.post('/api/integrations/:id/actions/:action', { schema: action }, async (request) => {
    const { principal } = await requireOrganization(request)
    const { id: idOrSlug, action } = request.params
    const asked = { ...request.query, ...(request.body && { params: request.body as JsonObject }) }
    return orRefuse(await integrations.act(principal, { idOrSlug, action }, asked))
  })
  app.post('/api/integrations/:id/sync', { schema: sync }, async (request, reply) => {
    const { principal } = await requireOrganization(request)
    const { job, finished, result } = orRefuse(
      await integrations.sync(principal, request.params.id, request.body ?? {}),
    )
    if (finished) return reply.code(200).send({ jobId: job._id, result })
    const headers = { location: `/api/jobs/${job._id}`, 'retry-after': '2' }
    return reply.code(202).headers(headers).send({ jobId: job._id })
  })
}
