import { Type } from '@sinclair/typebox'
import type { Services } from '../../../../services.ts'
import type { App } from '../../../app-type.ts'
import { requireOrganization } from '../../../authentication.ts'
import { Installation } from '../../../installation-schemas.ts'
import { Grant } from '../../../marketplace-schemas.ts'
import { preferredLanguage } from '../../../preferred-language.ts'
import { orRefuse } from '../../../refusal.ts'
import { IdParams, PROBLEMS, SESSION_ONLY, Strict } from '../../../schemas.ts'

const rollback = {
  tags: ['marketplace/installations'],
  summary: 'Goes back to the version before, with its grant as far as it is still agreed to',
  security: SESSION_ONLY,
  params: IdParams,
  body: Strict({ grant: Type.Optional(Grant) }),
  response: { 200: Installation, 202: Installation, ...PROBLEMS },
}

export function registerRollback(app: App, { installations }: Services): void {
  app.post('/api/marketplace/installations/:id/rollback', { schema: rollback }, async (request, reply) => {
    const { principal } = await requireOrganization(request)
    const asked = { ...request.body, language: preferredLanguage(request.headers['accept-language']) }
    const { installation, finished } = orRefuse(await installations.rollback(principal, request.params.id, asked))
    if (finished) return installation
    const jobId = installation.upgrade?.jobId ?? installation.jobId
    return reply.code(202).header('location', `/api/jobs/${jobId}`).send(installation)
  })
}
