import { Type } from '@sinclair/typebox'
import type { Services } from '../../../../services.ts'
import type { App } from '../../../app-type.ts'
import { requireOrganization } from '../../../authentication.ts'
import { Installation, UpgradePolicy } from '../../../installation-schemas.ts'
import { orRefuse } from '../../../refusal.ts'
import { IdParams, PROBLEMS, SESSION_ONLY, Strict } from '../../../schemas.ts'

const policy = {
  tags: ['marketplace/installations'],
  summary: 'Says which versions come by themselves; null: as the organization has it',
  security: SESSION_ONLY,
  params: IdParams,
  body: Strict({ policy: Type.Union([UpgradePolicy, Type.Null()]) }),
  response: { 200: Installation, ...PROBLEMS },
}

export function registerInstallationPolicy(app: App, { installations }: Services): void {
  app.put('/api/marketplace/installations/:id/policy', { schema: policy }, async (request) => {
    const { principal } = await requireOrganization(request)
    return orRefuse(await installations.setPolicy(principal, request.params.id, request.body.policy))
  })
}
