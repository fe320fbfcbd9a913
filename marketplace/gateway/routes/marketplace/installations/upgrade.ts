import { Type } from '@sinclair/typebox'
import type { Services } from '../../../../services.ts'
import type { App } from '../../../app-type.ts'
import { requireOrganization } from '../../../authentication.ts'
import { Installation } from '../../../installation-schemas.ts'
import { Channel, Grant, VersionText } from '../../../marketplace-schemas.ts'
import { preferredLanguage } from '../../../preferred-language.ts'
import { orRefuse } from '../../../refusal.ts'
import { IdParams, PROBLEMS, SESSION_ONLY, Strict } from '../../../schemas.ts'

const upgrade = {
  tags: ['marketplace/installations'],
  summary:
    'Puts a newer version in its place, which runs on until the new one is known to be well; without consent to what it ' +
    'asks for beyond, 409 CONSENT_REQUIRED shows the difference',
  security: SESSION_ONLY,
  params: IdParams,
  body: Strict({
    version: Type.Optional(VersionText),
    channel: Type.Optional(Channel),
    grant: Type.Optional(Grant),
  }),
  response: { 200: Installation, 202: Installation, ...PROBLEMS },
}

export function registerUpgrade(app: App, { installations }: Services): void {
  app.post('/api/marketplace/installations/:id/upgrade', { schema: upgrade }, async (request, reply) => {
    const { principal } = await requireOrganization(request)
    const asked = { ...request.body, language: preferredLanguage(request.headers['accept-language']) }
    const { installation, finished } = orRefuse(await installations.upgrade(principal, request.params.id, asked))
    if (finished) return installation
    const jobId = installation.upgrade?.jobId ?? installation.jobId
    return reply.code(202).header('location', `/api/jobs/${jobId}`).send(installation)
  })
}
