import { Type } from '@sinclair/typebox'
import { isoPlus } from '../../../runtime/clock.ts'
import type { Services } from '../../services.ts'
import { Activity } from '../analytics-schemas.ts'
import type { App } from '../app-type.ts'
import { requireAdmin } from '../installation-access.ts'
import { orRefuse } from '../refusal.ts'
import { PROBLEMS, SESSION_ONLY, Strict } from '../schemas.ts'
import { OrganizationUsage, UsageSpan } from '../usage-schemas.ts'

const usage = {
  tags: ['usage'],
  summary: 'What the installations of the organization used, by days of UTC; for owners and admins',
  security: SESSION_ONLY,
  querystring: Strict({
    ...UsageSpan,
    extension: Type.Optional(
      Type.String({ maxLength: 130, description: '`@publisher/name`: of this one alone, with how its runs went' }),
    ),
  }),
  response: {
    200: Type.Object({ ...OrganizationUsage.properties, activity: Type.Optional(Activity) }),
    ...PROBLEMS,
  },
}

const DAY_MS = 24 * 3_600_000

export function registerUsage(app: App, { usage: reports, analytics }: Services): void {
  app.get('/api/usage', { schema: usage }, async (request) => {
    const { organizationId } = await requireAdmin(request)
    const found = orRefuse(await reports.ofOrganization(organizationId, request.query))
    const { extension } = request.query
    if (extension === undefined) return found
    const span = { from: dayOf(isoPlus(found.from, DAY_MS - 1)), to: dayOf(isoPlus(found.to, -1)) }
    if (span.from > span.to) return found
    return { ...found, activity: orRefuse(await analytics.reports.inOrganization(organizationId, extension, span)) }
  })
}

/** The day of UTC that an instant lies in. */
function dayOf(instant: string): string {
  return instant.slice(0, 10)
}
