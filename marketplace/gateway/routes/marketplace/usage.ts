import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { managedInstallation } from '../../installation-access.ts'
import { orRefuse } from '../../refusal.ts'
import { IdParams, PROBLEMS, SESSION_ONLY, Strict } from '../../schemas.ts'
import { InstallationUsage, UsagePeriod, UsageSpan } from '../../usage-schemas.ts'

const usage = {
  tags: ['marketplace/installations'],
  summary: 'What an installation used, by hours or days of UTC, beside what it may; for owners and admins',
  security: SESSION_ONLY,
  params: IdParams,
  querystring: Strict({
    period: Type.Optional(UsagePeriod),
    ...UsageSpan,
  }),
  response: { 200: InstallationUsage, ...PROBLEMS },
}

export function registerInstallationUsage(app: App, { installations, usage: reports }: Services): void {
  app.get('/api/marketplace/installations/:id/usage', { schema: usage }, async (request) => {
    const { organizationId, installationId } = await managedInstallation(installations, request, request.params.id)
    return orRefuse(await reports.ofInstallation(organizationId, installationId, { period: 'day', ...request.query }))
  })
}
