import type { JsonObject } from '@annex/sdk/json'
import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireOrganization } from '../../authentication.ts'
import { requireAdmin } from '../../installation-access.ts'
import { Installation } from '../../installation-schemas.ts'
import { Config, Digest, ExtensionName, Finding, Grant } from '../../marketplace-schemas.ts'
import { PACKAGE_BODY_LIMIT, PackageBody, readPackages } from '../../package-body.ts'
import { preferredLanguage } from '../../preferred-language.ts'
import { orRefuse, refuse } from '../../refusal.ts'
import { Id, IdParams, Instant, PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../../schemas.ts'

const tags = ['marketplace/drafts']
const draft = {
  id: Id,
  extension: ExtensionName,
  version: Type.String(),
  displayName: Type.String(),
  digest: Digest,
  size: Type.Integer({ description: 'Bytes' }),
  by: Type.String(),
  createdAt: Instant,
  expiresAt: Instant,
}
const Draft = Type.Object(draft)

const upload = {
  tags,
  summary: 'Takes an unpublished package into the organization for 7 days, after the check of published ones',
  security: SESSION_ONLY,
  consumes: ['application/gzip'],
  body: PackageBody,
  response: { 201: Type.Object({ ...draft, findings: Type.Array(Finding) }), ...PROBLEMS },
}

const list = {
  tags,
  summary: "Lists the organization's drafts, newest first",
  security: SESSION_ONLY,
  querystring: PageQuery,
  response: { 200: PageOf(Draft), ...PROBLEMS },
}

const get = {
  tags,
  summary: 'Shows a draft',
  security: SESSION_ONLY,
  params: IdParams,
  response: { 200: Draft, ...PROBLEMS },
}

const install = {
  tags,
  summary: 'Installs a draft, in the place of an older one; 409 CONSENT_REQUIRED shows what is asked for',
  security: SESSION_ONLY,
  params: IdParams,
  body: Strict({ grant: Type.Optional(Grant), config: Type.Optional(Config) }),
  response: { 200: Installation, 202: Installation, ...PROBLEMS },
}

const PATH = '/api/marketplace/drafts'

export function registerDrafts(app: App, { drafts, installations }: Services): void {
  app.register(async (scope) => {
    readPackages(scope)
    const options = {
      schema: upload,
      bodyLimit: PACKAGE_BODY_LIMIT,
      // Before the body is read: strangers do not send five megabytes.
      onRequest: async (request: Parameters<typeof requireAdmin>[0]) => void (await requireAdmin(request)),
    }
    scope.post(PATH, options, async (request, reply) => {
      const admin = await requireAdmin(request)
      const { draft: made, findings } = orRefuse(await drafts.upload(admin, request.body as Uint8Array))
      return reply
        .code(201)
        .header('location', `${PATH}/${made.id}`)
        .send({ ...made, findings })
    })
  })
  app.get(PATH, { schema: list }, async (request) => {
    const { organizationId } = await requireAdmin(request)
    return drafts.list(organizationId, request.query)
  })
  app.get(`${PATH}/:id`, { schema: get }, async (request) => {
    const { principal } = await requireOrganization(request)
    const found = await drafts.get(principal.organizationId, request.params.id)
    if (!found || principal.kind !== 'user') return refuse('NOT_FOUND', 'there is no such draft')
    return found
  })
  app.post(`${PATH}/:id/install`, { schema: install }, async (request, reply) => {
    const { principal } = await requireOrganization(request)
    const { config, ...wish } = request.body
    const language = preferredLanguage(request.headers['accept-language'])
    const asked = { ...wish, language, ...(config === undefined ? {} : { config: config as JsonObject }) }
    const result = orRefuse(await installations.installDraft(principal, request.params.id, asked))
    if (result.finished) return result.installation
    return reply.code(202).header('location', `/api/jobs/${result.installation.jobId}`).send(result.installation)
  })
}
