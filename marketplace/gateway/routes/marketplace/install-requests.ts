import type { JsonObject } from '@annex/sdk/json'
import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireMember } from '../../installation-access.ts'
import { Installation, InstallRequest } from '../../installation-schemas.ts'
import { Config, Grant, VersionText } from '../../marketplace-schemas.ts'
import { orRefuse } from '../../refusal.ts'
import { IdParams, PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../../schemas.ts'

const tags = ['marketplace/install-requests']
const PATH = '/api/marketplace/install-requests'

const create = {
  tags,
  summary: 'Asks the admins of the organization to install an extension; while it is open, the same again is that one',
  security: SESSION_ONLY,
  body: Strict({
    extension: Type.String({
      pattern: '^@[a-z0-9][a-z0-9-]{0,63}/[a-z0-9][a-z0-9._-]{0,63}$',
      description: '`@publisher/name`',
    }),
    version: Type.Optional(VersionText),
    message: Type.String({ maxLength: 2_000, description: 'What it is wanted for' }),
  }),
  response: { 201: InstallRequest, ...PROBLEMS },
}

const list = {
  tags,
  summary: 'Lists requests, newest first: all to owners and admins, to others their own',
  security: SESSION_ONLY,
  querystring: Strict({
    ...PageQuery.properties,
    state: Type.Optional(
      Type.Union([Type.Literal('open'), Type.Literal('approved'), Type.Literal('declined')], {
        description: 'Only these',
      }),
    ),
  }),
  response: { 200: PageOf(InstallRequest), ...PROBLEMS },
}

const Approved = Type.Object({ request: InstallRequest, installation: Installation })
const approve = {
  tags,
  summary: 'Installs with the grant that is given; without consent, 409 CONSENT_REQUIRED shows what is asked for',
  security: SESSION_ONLY,
  params: IdParams,
  body: Strict({ grant: Type.Optional(Grant), config: Type.Optional(Config) }),
  response: { 200: Approved, 202: Approved, ...PROBLEMS },
}

const decline = {
  tags,
  summary: 'Says no, with a reason',
  security: SESSION_ONLY,
  params: IdParams,
  body: Strict({ reason: Type.String({ minLength: 1, maxLength: 2_000 }) }),
  response: { 200: InstallRequest, ...PROBLEMS },
}

export function registerInstallRequests(app: App, { installRequests }: Services): void {
  app.post(PATH, { schema: create }, async (request, reply) => {
    const created = orRefuse(await installRequests.create(await requireMember(request), request.body))
    return reply.code(201).send(created)
  })
  app.get(PATH, { schema: list }, async (request) => installRequests.list(await requireMember(request), request.query))
  app.post(`${PATH}/:id/approve`, { schema: approve }, async (request, reply) => {
    const { grant, config } = request.body
    const given = { ...(grant && { grant }), ...(config && { config: config as JsonObject }) }
    const { id } = request.params
    const approved = orRefuse(await installRequests.approve(await requireMember(request), id, given))
    const { installation, finished, request: decided } = approved
    if (!finished) reply.code(202).header('location', `/api/jobs/${installation.jobId}`)
    return reply.send({ request: decided, installation })
  })
  app.post(`${PATH}/:id/decline`, { schema: decline }, async (request) => {
    const { reason } = request.body
    return orRefuse(await installRequests.decline(await requireMember(request), request.params.id, reason))
  })
}
