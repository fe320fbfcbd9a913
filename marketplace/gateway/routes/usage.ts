import type { Services } from '../../services.ts'
import type { App } from '../app-type.ts'
import { requireAdmin } from '../installation-access.ts'
import { orRefuse } from '../refusal.ts'
import { PROBLEMS, SESSION_ONLY, Strict } from '../schemas.ts'
import { OrganizationUsage, UsageSpan } from '../usage-schemas.ts'

const usage = {
  tags: ['usage'],
  summary: 'What the installations of the organization used, by days of UTC; for owners and admins',
  security: SESSION_ONLY,
  querystring: Strict(UsageSpan),
  response: { 200: OrganizationUsage, ...PROBLEMS },
}

export function registerUsage(app: App, { usage: reports }: Services): void {
  app.get('/api/usage', { schema: usage }, async (request) => {
    const { organizationId } = await requireAdmin(request)
    return orRefuse(await reports.ofOrganization(organizationId, request.query))
  })
}
