import type { JsonObject } from '@annex/sdk/json'
import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireOrganization } from '../../authentication.ts'
import { Installation } from '../../installation-schemas.ts'
import { Config, Explanation, Grant } from '../../marketplace-schemas.ts'
import { preferredLanguage } from '../../preferred-language.ts'
import { orRefuse } from '../../refusal.ts'
import { IdParams, PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../../schemas.ts'

const tags = ['marketplace/installations']
const one = { tags, security: SESSION_ONLY, params: IdParams, response: { 200: Installation, ...PROBLEMS } }

const list = {
  tags,
  summary: 'Lists what the organization has installed, newest first',
  security: SESSION_ONLY,
  querystring: PageQuery,
  response: { 200: PageOf(Installation), ...PROBLEMS },
}

const get = { ...one, summary: 'Shows an installation' }

const configure = {
  ...one,
  summary: 'Changes the configuration; a field that is null is taken out',
  body: Strict({ config: Config }),
}

const grant = { ...one, summary: 'Replaces the grant, within the manifest of the installed version', body: Grant }
const enable = { ...one, summary: 'Lets it run again' }
const disable = { ...one, summary: 'Stops it; it keeps what it has' }

const uninstall = {
  ...one,
  summary: 'Uninstalls; at once it runs no more, what it kept is deleted',
  querystring: Strict({ force: Type.Optional(Type.Boolean({ description: 'Also when others here need it' })) }),
  response: { 200: Installation, 202: Installation, ...PROBLEMS },
}

const explain = {
  ...one,
  summary: 'What the permission manager says to a call of the installation, and why',
  querystring: Strict({
    scope: Type.String({ minLength: 1, maxLength: 64, description: '`read:chantiers`' }),
    resource: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'Of the record; if absent, as the scope names it' }),
    ),
    record: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Would this record be reached?' })),
    columns: Type.Optional(
      Type.String({
        maxLength: 2048,
        pattern: '^[A-Za-z_][A-Za-z0-9_]*(,[A-Za-z_][A-Za-z0-9_]*)*$',
        description: 'Fields that the call filters by or writes, separated by commas',
      }),
    ),
    rows: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'Records that the call names' })),
    at: Type.Optional(Type.String({ format: 'date-time', maxLength: 64, description: 'Now if absent' })),
  }),
  response: { 200: Explanation, ...PROBLEMS },
}

const PATH = '/api/marketplace/installations'

export function registerInstallations(app: App, { installations }: Services): void {
  app.get(PATH, { schema: list }, async (request) => {
    const { principal } = await requireOrganization(request)
    return orRefuse(await installations.list(principal, request.query))
  })
  app.get(`${PATH}/:id`, { schema: get }, async (request) => {
    const { principal } = await requireOrganization(request)
    return orRefuse(await installations.get(principal, request.params.id))
  })
  app.patch(`${PATH}/:id`, { schema: configure }, async (request) => {
    const { principal } = await requireOrganization(request)
    return orRefuse(await installations.configure(principal, request.params.id, request.body.config as JsonObject))
  })
  app.put(`${PATH}/:id/grant`, { schema: grant }, async (request) => {
    const { principal } = await requireOrganization(request)
    const language = preferredLanguage(request.headers['accept-language'])
    return orRefuse(await installations.changeGrant(principal, request.params.id, request.body, language))
  })
  app.post(`${PATH}/:id/enable`, { schema: enable }, async (request) => {
    const { principal } = await requireOrganization(request)
    return orRefuse(await installations.enable(principal, request.params.id))
  })
  app.post(`${PATH}/:id/disable`, { schema: disable }, async (request) => {
    const { principal } = await requireOrganization(request)
    return orRefuse(await installations.disable(principal, request.params.id))
  })
  app.delete(`${PATH}/:id`, { schema: uninstall }, async (request, reply) => {
    const { principal } = await requireOrganization(request)
    const { installation, finished } = orRefuse(
      await installations.uninstall(principal, request.params.id, request.query),
    )
    if (finished) return installation
    return reply.code(202).header('location', `/api/jobs/${installation.jobId}`).send(installation)
  })
  app.get(`${PATH}/:id/explain`, { schema: explain }, async (request) => {
    const { principal } = await requireOrganization(request)
    const { columns, ...asked } = request.query
    const question = { ...asked, ...(columns === undefined ? {} : { fields: columns.split(',') }) }
    return orRefuse(await installations.explain(principal, request.params.id, question))
  })
}
