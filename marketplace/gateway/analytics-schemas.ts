import { Type } from '@sinclair/typebox'
import { FAILURE_CLASSES, LIMIT_NAMES } from '../analytics/failure-class.ts'
import { ExtensionName, VersionText } from './marketplace-schemas.ts'

const Count = Type.Integer()
const counts = (names: readonly string[]) => Type.Object(Object.fromEntries(names.map((name) => [name, Count])))
const DayText = Type.String({ description: 'A day of UTC: `2026-01-31`' })

export const Activity = Type.Object({
  invocations: Count,
  failures: Type.Object(counts(FAILURE_CLASSES).properties, {
    description:
      '`upstream`: what it called did not serve it, by its own word; `platform`: by no fault of the extension. What was ' +
      'stopped is none',
  }),
  limits: Type.Object(counts(LIMIT_NAMES).properties, { description: 'Runs that were ended by a limit' }),
  latency: Type.Optional(
    Type.Object({ p50: Count, p95: Count, p99: Count }, { description: 'Milliseconds of wall time, from a histogram' }),
  ),
})

const CrowdFigure = Type.Union([Count, Type.Literal('<5')])

export const ExtensionAnalytics = Type.Object({
  extension: ExtensionName,
  from: DayText,
  to: DayText,
  organizations: Type.Object(
    { last7Days: CrowdFigure, last30Days: CrowdFigure },
    { description: 'Distinct ones that installed or ran any version, counted anew every hour' },
  ),
  total: Type.Object({
    downloads: Count,
    activity: Type.Object(Activity.properties, { description: 'Of the rows that show theirs' }),
  }),
  data: Type.Array(
    Type.Object({
      day: DayText,
      version: VersionText,
      downloads: Type.Integer({ description: 'Packages that were fetched or installed' }),
      installs: CrowdFigure,
      uninstalls: CrowdFigure,
      organizations: Type.Union(CrowdFigure.anyOf, { description: 'In which it ran' }),
      activity: Type.Optional(
        Type.Object(Activity.properties, { description: 'Absent when it ran in fewer than 5 organizations' }),
      ),
    }),
    { description: 'Versions and days with anything to show, oldest first' },
  ),
})

const Day = Type.String({ format: 'date', maxLength: 10, description: 'A day of UTC: `2026-01-31`' })
/** For a query. */
export const AnalyticsSpan = {
  from: Type.Optional(Day),
  to: Type.Optional(Day),
  version: Type.Optional(VersionText),
}
