import type { Services } from '../../../../services.ts'
import { AnalyticsSpan, ExtensionAnalytics } from '../../../analytics-schemas.ts'
import type { App } from '../../../app-type.ts'
import { requireSession } from '../../../authentication.ts'
import { ExtensionParams } from '../../../marketplace-schemas.ts'
import { orRefuse, refuse } from '../../../refusal.ts'
import { PROBLEMS, SESSION_ONLY, Strict } from '../../../schemas.ts'

const get = {
  tags: ['marketplace/extensions'],
  summary: "How an extension is used, by version and day, without any customer's data; for members of its publisher",
  security: SESSION_ONLY,
  params: ExtensionParams,
  querystring: Strict(AnalyticsSpan),
  response: { 200: ExtensionAnalytics, ...PROBLEMS },
}

const PATH = '/api/marketplace/extensions/:publisher/:name/analytics'

export function registerAnalytics(app: App, { analytics, publishing }: Services): void {
  app.get(PATH, { schema: get }, async (request) => {
    const { publisher, name } = request.params
    const { userId } = await requireSession(request)
    if ((await publishing.publishers.roleOf(userId, publisher)) === undefined)
      return refuse('PUBLISHER_FORBIDDEN', 'this is for the members of the publisher')
    return orRefuse(await analytics.reports.ofExtension(`@${publisher}/${name}`, request.query))
  })
}
