import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { UpgradePolicy } from '../../installation-schemas.ts'
import { membershipOf } from '../../membership.ts'
import { orRefuse } from '../../refusal.ts'
import { IdParams, PROBLEMS, SESSION_ONLY } from '../../schemas.ts'

const one = {
  tags: ['organizations/policy'],
  security: SESSION_ONLY,
  params: IdParams,
  response: { 200: UpgradePolicy, ...PROBLEMS },
}

const get = { ...one, summary: 'Which versions of extensions come by themselves, where an installation does not say' }
const set = { ...one, summary: 'Changes it; for owners and admins', body: UpgradePolicy }

export function registerOrganizationPolicy(app: App, { accounts, upgradeDefaults }: Services): void {
  app.get('/api/organizations/:id/policy', { schema: get }, async (request) => {
    const { organizationId } = await membershipOf(request, accounts, request.params.id)
    return upgradeDefaults.get(organizationId)
  })
  app.put('/api/organizations/:id/policy', { schema: set }, async (request) => {
    const member = await membershipOf(request, accounts, request.params.id)
    return orRefuse(await upgradeDefaults.set(member, request.body))
  })
}
