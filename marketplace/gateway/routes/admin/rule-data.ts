import { Type } from '@sinclair/typebox'
import { MAX_ROWS } from '../../../publishing/rule-data.ts'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requirePlatformRole } from '../../authentication.ts'
import { orRefuse } from '../../refusal.ts'
import { Instant, PROBLEMS, SESSION_ONLY, Strict } from '../../schemas.ts'

const tags = ['admin/rule-data']
const Kind = Type.Union([Type.Literal('advisories'), Type.Literal('harmful-files'), Type.Literal('trademarks')])
const Imported = Type.Object({ kind: Kind, count: Type.Integer(), by: Type.String(), at: Instant })
/** Some tens of thousands of advisories. */
const BODY_LIMIT = 16 * 1024 * 1024

const list = {
  tags,
  summary: 'Lists what was imported for the rules of packages; for operators',
  security: SESSION_ONLY,
  response: { 200: Strict({ data: Type.Array(Imported) }), ...PROBLEMS },
}

const put = {
  tags,
  summary:
    'Replaces what the rules of packages know of one kind, and holds published versions against it; for operators',
  security: SESSION_ONLY,
  params: Strict({ kind: Kind }),
  body: Strict({ rows: Type.Array(Type.Unknown(), { maxItems: MAX_ROWS }) }),
  response: { 200: Imported, ...PROBLEMS },
}

const recheck = {
  tags,
  summary: 'Holds published versions against the rules and data of now; it tells, and withdraws nothing; for operators',
  security: SESSION_ONLY,
  response: { 202: Type.Object({ queued: Type.Boolean() }), ...PROBLEMS },
}

export function registerRuleData(app: App, { ruleData, publishing }: Services): void {
  app.get('/api/admin/rule-data', { schema: list }, async (request) => {
    await requirePlatformRole(request, 'operator')
    return { data: await ruleData.list() }
  })
  app.put('/api/admin/rule-data/:kind', { schema: put, bodyLimit: BODY_LIMIT }, async (request) => {
    const operator = await requirePlatformRole(request, 'operator')
    const imported = orRefuse(await ruleData.import(operator, request.params.kind, request.body.rows))
    await publishing.rechecks.begin()
    return imported
  })
  app.post('/api/admin/rechecks', { schema: recheck }, async (request, reply) => {
    await requirePlatformRole(request, 'operator')
    await publishing.rechecks.begin()
    return reply.code(202).send({ queued: true })
  })
}
