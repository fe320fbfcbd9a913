import type { Clock } from '../../runtime/clock.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { extensionFigures } from '../publishing/extension-figures.ts'
import { ANALYTICS_REASON, organizationDays, type VersionDayDocument, versionDays } from './analytics-collections.ts'
import { ANALYTICS_LIMITS } from './analytics-limits.ts'
import type { AnalyticsMeter } from './analytics-meter.ts'
import { addCounts, type Counts } from './counts.ts'
import { FAILURE_CLASSES, type FailureClass, LIMIT_NAMES, type LimitName } from './failure-class.ts'
import { dayBefore } from './figures.ts'
import { type Latency, latencyOf } from './latency.ts'

/** How often it ran, and how that went. */
export interface Activity {
  invocations: number
  failures: Record<FailureClass, number>
  limits: Record<LimitName, number>
  /** Absent without runs. */
  latency?: Latency
}

/** A number that tells of few organizations is not told. */
export type CrowdFigure = number | '<5'

export interface AnalyticsRow {
  day: string
  version: string
  downloads: number
  installs: CrowdFigure
  uninstalls: CrowdFigure
  /** In which it ran. */
  organizations: CrowdFigure
  /** Absent when it ran in fewer organizations than may be told apart. */
  activity?: Activity
}

/** What the members of a publisher see of an extension: nothing of any one organization. */
export interface ExtensionAnalytics {
  extension: string
  from: string
  to: string
  /** Over all versions, as last counted. */
  organizations: { last7Days: CrowdFigure; last30Days: CrowdFigure }
  /** Of the rows; `activity` is of those that show theirs, so that no difference gives one away. */
  total: { downloads: number; activity: Activity }
  /** Oldest first. */
  data: AnalyticsRow[]
}

/** Days of UTC, both included: `2026-01-31`. The last 30 days if absent. */
export interface AnalyticsSpan {
  from?: string
  to?: string
  version?: string
}

export interface AnalyticsReports {
  /** For the members of its publisher: the caller decides. `INVALID_ARGUMENT` for too long a span. */
  ofExtension(extension: string, span: AnalyticsSpan): Promise<Outcome<ExtensionAnalytics>>
  /** How the runs of an extension went in one organization, which alone may see it. */
  inOrganization(organizationId: string, extension: string, span: AnalyticsSpan): Promise<Outcome<Activity>>
}

const PAGE = 1_000

export function createAnalyticsReports(deps: { store: Store; clock: Clock; meter: AnalyticsMeter }): AnalyticsReports {
  const { store, clock, meter } = deps
  return {
    async ofExtension(extension, asked) {
      const span = spanOf(clock, asked)
      if (!span.ok) return span
      await meter.flush()
      const rows = await rowsOf(store, extension, { ...asked, ...span.value })
      if (!rows.ok) return rows
      const figures = await store.asSystem(ANALYTICS_REASON)(extensionFigures).get(extension)
      const organizations = {
        last7Days: crowd(figures?.organizations7d ?? 0),
        last30Days: crowd(figures?.organizations30d ?? 0),
      }
      const shown = rows.value.filter(isCrowded)
      const total = {
        downloads: rows.value.reduce((sum, { downloads = 0 }) => sum + downloads, 0),
        activity: activityOf(shown.reduce<Counts>(addCounts, {})),
      }
      const data = rows.value.map(rowView)
      return { ok: true, value: { extension, ...span.value, organizations, total, data } }
    },
    async inOrganization(organizationId, extension, asked) {
      const span = spanOf(clock, asked)
      if (!span.ok) return span
      await meter.flush()
      const { from, to } = span.value
      const mine = store.forOrganization(organizationId)(organizationDays)
      const where = { extension, day: { $gte: from, $lte: to } }
      const found = await everyRow((cursor) => mine.find({ where, sort: [['day', 'asc']], limit: PAGE, ...cursor }))
      return found.ok ? { ok: true, value: activityOf(found.value.reduce<Counts>(addCounts, {})) } : found
    },
  }
}

function spanOf(clock: Clock, { from, to }: AnalyticsSpan): Outcome<{ from: string; to: string }> {
  const end = to ?? clock.iso().slice(0, 10)
  const start = from ?? dayBefore(end, 29)
  if (start <= end && start >= dayBefore(end, ANALYTICS_LIMITS.reportDays - 1))
    return { ok: true, value: { from: start, to: end } }
  const message = `"from" is no day after "to", and at most ${ANALYTICS_LIMITS.reportDays} days are shown`
  return refused('INVALID_ARGUMENT', message)
}

async function rowsOf(
  store: Store,
  extension: string,
  { from, to, version }: AnalyticsSpan & { from: string; to: string },
): Promise<Outcome<VersionDayDocument[]>> {
  const rows = store.asSystem(ANALYTICS_REASON)(versionDays)
  const where = { extension, day: { $gte: from, $lte: to }, ...(version === undefined ? {} : { version }) }
  return everyRow((cursor) => rows.find({ where, sort: [['day', 'asc']], limit: PAGE, ...cursor }))
}

async function everyRow<T>(
  page: (cursor: { cursor?: string }) => Promise<{ data: T[]; nextCursor?: string }>,
): Promise<Outcome<T[]>> {
  const found: T[] = []
  let cursor: string | undefined
  do {
    const { data, nextCursor } = await page(cursor === undefined ? {} : { cursor })
    found.push(...data)
    cursor = nextCursor
    if (found.length > ANALYTICS_LIMITS.reportRows)
      return refused('INVALID_ARGUMENT', 'too many rows: ask for fewer days, or for one version')
  } while (cursor !== undefined)
  return { ok: true, value: found }
}

function rowView(row: VersionDayDocument): AnalyticsRow {
  const { day, version, downloads = 0, installs = 0, uninstalls = 0, organizations = 0 } = row
  return {
    ...{ day, version, downloads, installs: crowd(installs), uninstalls: crowd(uninstalls) },
    organizations: crowd(organizations),
    ...(isCrowded(row) ? { activity: activityOf(row) } : {}),
  }
}

function isCrowded({ organizations = 0 }: VersionDayDocument): boolean {
  return organizations >= ANALYTICS_LIMITS.crowd
}

function crowd(count: number): CrowdFigure {
  return count === 0 || count >= ANALYTICS_LIMITS.crowd ? count : '<5'
}

function activityOf({ invocations = 0, failures = {}, limits = {}, latency = {} }: Counts): Activity {
  const took = latencyOf(latency)
  return {
    invocations,
    failures: named(FAILURE_CLASSES, failures),
    limits: named(LIMIT_NAMES, limits),
    ...(took && { latency: took }),
  }
}

function named<N extends string>(names: readonly N[], counts: { [name in N]?: number }): Record<N, number> {
  return Object.fromEntries(names.map((name) => [name, counts[name] ?? 0])) as Record<N, number>
}
