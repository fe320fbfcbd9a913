import { Type } from '@sinclair/typebox'
import type { Services } from '../../../../services.ts'
import type { App } from '../../../app-type.ts'
import { requirePlatformRole } from '../../../authentication.ts'
import { ExtensionParams } from '../../../marketplace-schemas.ts'
import { orRefuse } from '../../../refusal.ts'
import { PROBLEMS, SESSION_ONLY, Strict } from '../../../schemas.ts'

const put = {
  tags: ['marketplace/reviews'],
  summary: 'Whether versions of an extension may be approved without a person; for moderators',
  security: SESSION_ONLY,
  params: ExtensionParams,
  body: Strict({ on: Type.Boolean() }),
  response: { 204: Type.Null(), ...PROBLEMS },
}

export function registerAutomaticApproval(app: App, { reviews }: Services): void {
  app.put('/api/marketplace/reviews/automatic/:publisher/:name', { schema: put }, async (request, reply) => {
    const { publisher, name } = request.params
    const identity = await requirePlatformRole(request, 'moderator')
    orRefuse(await reviews.setAutomatic(identity, `@${publisher}/${name}`, request.body.on))
    return reply.code(204).send(null)
  })
}
