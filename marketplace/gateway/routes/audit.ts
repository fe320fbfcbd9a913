import { Type } from '@sinclair/typebox'
import type { Services } from '../../services.ts'
import type { App } from '../app-type.ts'
import { requireOrganization, requireSession } from '../authentication.ts'
import { Id, Instant, PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../schemas.ts'

const AuditRecord = Type.Object({
  id: Id,
  at: Instant,
  actor: Type.String(),
  action: Type.String(),
  target: Type.Optional(Type.String()),
  outcome: Type.Union([Type.Literal('allowed'), Type.Literal('refused'), Type.Literal('failed')]),
  rule: Type.Optional(Type.String()),
  details: Type.Optional(Type.Unknown()),
  requestId: Type.Optional(Type.String()),
  node: Type.String(),
  sequence: Type.Integer(),
})

const schema = {
  tags: ['audit'],
  summary: 'The audit trail of the organization, newest first; for its admins',
  security: SESSION_ONLY,
  querystring: Strict({
    ...PageQuery.properties,
    action: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    actor: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  }),
  response: { 200: PageOf(AuditRecord), ...PROBLEMS },
}

export function registerAudit(app: App, { runtime }: Services): void {
  app.get('/api/audit', { schema }, async (request) => {
    await requireSession(request)
    const { principal } = await requireOrganization(request, ['owner', 'admin'])
    await runtime.audit.flush()
    return runtime.audit.list(principal.organizationId, request.query)
  })
}
