import { Type } from '@sinclair/typebox'
import { REPORT_REASONS } from '../../../../catalog/listing-collections.ts'
import type { Services } from '../../../../services.ts'
import type { App } from '../../../app-type.ts'
import { requireSession } from '../../../authentication.ts'
import { ExtensionName, ExtensionParams, oneOf, VersionText } from '../../../marketplace-schemas.ts'
import { orRefuse } from '../../../refusal.ts'
import { Id, Instant, PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../../../schemas.ts'

const tags = ['marketplace/extensions']
const State = oneOf(['open', 'resolved'])
const Report = Type.Object({
  id: Id,
  extension: ExtensionName,
  version: Type.Optional(VersionText),
  reason: oneOf(REPORT_REASONS),
  text: Type.String(),
  at: Instant,
  state: State,
  resolution: Type.Optional(Type.Object({ text: Type.String(), at: Instant })),
})

const report = {
  tags,
  summary: 'Tells the moderators that something is wrong with an extension',
  security: SESSION_ONLY,
  params: ExtensionParams,
  body: Strict({
    reason: oneOf(REPORT_REASONS),
    text: Type.String({ minLength: 10, maxLength: 4000 }),
    version: Type.Optional(VersionText),
  }),
  response: { 201: Report, ...PROBLEMS },
}
const list = {
  tags,
  summary: 'Lists reports about an extension, oldest first, for moderators',
  security: SESSION_ONLY,
  params: ExtensionParams,
  querystring: Strict({ ...PageQuery.properties, state: Type.Optional(State) }),
  response: { 200: PageOf(Report), ...PROBLEMS },
}
const listAll = {
  ...list,
  summary: 'Lists reports about all extensions, oldest first, for moderators',
  params: Strict({}),
}
const resolve = {
  tags,
  summary: 'Settles a report, as a moderator',
  security: SESSION_ONLY,
  params: Strict({ ...ExtensionParams.properties, id: Id }),
  body: Strict({ text: Type.String({ minLength: 1, maxLength: 2000, description: 'What came of it' }) }),
  response: { 200: Report, ...PROBLEMS },
}

const PATH = '/api/marketplace/extensions/:publisher/:name/reports'

export function registerAbuseReports(app: App, { abuseReports }: Services): void {
  app.post(PATH, { schema: report }, async (request, reply) => {
    const { publisher, name } = request.params
    const identity = await requireSession(request)
    return reply.code(201).send(orRefuse(await abuseReports.report(identity, `@${publisher}/${name}`, request.body)))
  })
  app.get(PATH, { schema: list }, async (request) => {
    const { publisher, name } = request.params
    const { state, ...page } = request.query
    const where = { extension: `@${publisher}/${name}`, ...(state && { state }) }
    return orRefuse(await abuseReports.list(await requireSession(request), where, page))
  })
  app.get('/api/marketplace/reports', { schema: listAll }, async (request) => {
    const { state, ...page } = request.query
    return orRefuse(await abuseReports.list(await requireSession(request), state ? { state } : {}, page))
  })
  app.post(`${PATH}/:id/resolve`, { schema: resolve }, async (request) => {
    const { publisher, name, id } = request.params
    const identity = await requireSession(request)
    return orRefuse(await abuseReports.resolve(identity, `@${publisher}/${name}`, id, request.body.text))
  })
}
