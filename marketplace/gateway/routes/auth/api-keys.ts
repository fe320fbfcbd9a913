import { ScopeEntry } from '@annex/sdk/scope-limits'
import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import { ApiKey } from '../../account-schemas.ts'
import type { App } from '../../app-type.ts'
import { requireOrganization, requireSession } from '../../authentication.ts'
import { orRefuse } from '../../refusal.ts'
import { IdParams, PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../../schemas.ts'

const tags = ['auth/api-keys']

const create = {
  tags,
  summary: 'Makes an API key for the organization; the answer is the only place where the key is shown',
  security: SESSION_ONLY,
  body: Strict({
    name: Type.String({ minLength: 1, maxLength: 100 }),
    description: Type.Optional(Type.String({ maxLength: 500 })),
    scopes: Type.Array(ScopeEntry, {
      minItems: 1,
      maxItems: 100,
      description:
        '`read:chantiers`, `chantiers:*`, `read`, `write`, `publish:<publisher>`; as an object, with limits on rows, columns, records a call and hours',
    }),
    expiresInDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 365, description: '90 if absent' })),
    requestsPerHour: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: '1000 if absent' })),
  }),
  response: { 201: Type.Object({ ...ApiKey.properties, key: Type.String() }), ...PROBLEMS },
}

const list = {
  tags,
  summary: "Lists the sender's keys, newest first",
  security: SESSION_ONLY,
  querystring: PageQuery,
  response: { 200: PageOf(ApiKey), ...PROBLEMS },
}

const revoke = {
  tags,
  summary: 'Revokes a key: the next request with it is refused',
  security: SESSION_ONLY,
  params: IdParams,
  response: { 200: ApiKey, ...PROBLEMS },
}

export function registerApiKeys(app: App, { accounts }: Services): void {
  app.post('/api/auth/api-keys', { schema: create }, async (request, reply) => {
    const { userId } = await requireSession(request)
    const { principal, role } = await requireOrganization(request)
    const owner = { userId, organizationId: principal.organizationId, role }
    return reply.code(201).send(orRefuse(await accounts.apiKeys.create(owner, request.body)))
  })
  app.get('/api/auth/api-keys', { schema: list }, async (request) => {
    const { userId } = await requireSession(request)
    return accounts.apiKeys.list(userId, request.query)
  })
  app.delete('/api/auth/api-keys/:id', { schema: revoke }, async (request) => {
    const { userId } = await requireSession(request)
    return orRefuse(await accounts.apiKeys.revoke(userId, request.params.id))
  })
}
