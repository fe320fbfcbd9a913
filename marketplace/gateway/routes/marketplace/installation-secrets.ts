import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { UserPrincipal } from '../../../../runtime/permissions/principal.ts'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireOrganization, requireSession } from '../../authentication.ts'
import { orRefuse, refuse } from '../../refusal.ts'
import { IdParams, Instant, PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../../schemas.ts'

const tags = ['marketplace/installations']

const Secrets = Type.Object({
  secrets: Type.Array(
    Type.Object({
      ref: Type.String(),
      use: Type.String({ description: '`webhook`, or how the host signs with it' }),
      setAt: Type.Optional(Instant),
    }),
  ),
  webhook: Type.Optional(
    Type.Object({
      path: Type.String({ description: 'Where the other system sends its webhooks; keep it to yourselves' }),
      scheme: Type.String(),
    }),
  ),
})

const get = {
  tags,
  summary: 'The secrets that the extension names and which are set, never what they are; for owners and admins',
  security: SESSION_ONLY,
  params: IdParams,
  response: { 200: Secrets, ...PROBLEMS },
}

const put = {
  ...get,
  summary: 'Sets secrets; one that is null is deleted. They are kept sealed and never shown',
  body: Strict({
    secrets: Type.Record(
      Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_-]{0,63}$' }),
      Type.Union([Type.String({ minLength: 1, maxLength: 4096 }), Type.Null()]),
      { maxProperties: 32, additionalProperties: false },
    ),
  }),
}

const Received = Type.Object({
  id: Type.String(),
  webhookId: Type.String(),
  receivedAt: Instant,
  state: Type.Union(['PENDING', 'DONE', 'DEAD'].map((state) => Type.Literal(state))),
  jobId: Type.String(),
  lastError: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
})

const webhooks = {
  tags,
  summary: 'Webhooks that came for the installation, newest first; kept for 30 days, for owners and admins',
  security: SESSION_ONLY,
  params: IdParams,
  querystring: PageQuery,
  response: { 200: PageOf(Received), ...PROBLEMS },
}

const PATH = '/api/marketplace/installations/:id'

/** Keys of an installation, and what came by one of them. */
export function registerInstallationSecrets(app: App, { installationKeys, installations, runtime }: Services): void {
  app.get(`${PATH}/secrets`, { schema: get }, async (request) =>
    orRefuse(await installationKeys.view(await adminOf(request), request.params.id)),
  )
  app.put(`${PATH}/secrets`, { schema: put }, async (request) =>
    orRefuse(await installationKeys.set(await adminOf(request), request.params.id, request.body.secrets)),
  )
  app.get(`${PATH}/webhooks`, { schema: webhooks }, async (request) => {
    const admin = await adminOf(request)
    orRefuse(await installations.get(admin, request.params.id))
    const { organizationId } = admin
    const page = orRefuse(await runtime.webhooksIn.list(organizationId, request.params.id, request.query))
    const data = page.data.map(({ _id: id, webhookId, receivedAt, state, jobId, lastError }) => ({
      ...{ id, webhookId, receivedAt, state, jobId },
      ...(lastError && { lastError }),
    }))
    return { ...page, data }
  })
}

async function adminOf(request: FastifyRequest): Promise<UserPrincipal> {
  await requireSession(request)
  const { principal } = await requireOrganization(request, ['owner', 'admin'])
  return principal.kind === 'user' ? principal : refuse('SESSION_REQUIRED', 'an API key may not do this; sign in')
}
