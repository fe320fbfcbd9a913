import { type Clock, isoPlus } from '../../runtime/clock.ts'
import type { MeteredUsage } from '../../runtime/invocations/run-usage.ts'
import { type UsageDocument, type UsagePeriod, usageCounters } from '../../runtime/invocations/usage-collections.ts'
import { totalOf, type UsageMeter } from '../../runtime/invocations/usage-meter.ts'
import { BACKGROUND_STEP_LIMITS, CAGE_LIMITS, STEP_LIMITS } from '../../runtime/sandbox/limits.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { installations } from './installation-collections.ts'

export interface Used {
  runs: number
  failed: number
  used: MeteredUsage
}

/** Instants (ISO 8601): periods that begin at `from` or later, and before `to`. */
export interface UsageSpan {
  from?: string
  to?: string
}

export interface InstallationUsage {
  installationId: string
  extension: string
  period: UsagePeriod
  from: string
  to: string
  total: Used
  limits: typeof USAGE_LIMITS
  /** Periods with runs, oldest first. */
  data: ({ start: string } & Used)[]
}

export interface OrganizationUsage {
  from: string
  to: string
  total: Used
  limits: typeof USAGE_LIMITS
  /** Installations that ran, the most computing time first; what is gone has no name. */
  data: ({ installationId: string; extension?: string } & Used)[]
}

/** What installations used, beside what they may. The caller decides who may see it. */
export interface UsageReports {
  /** The last 30 days, or the last 48 hours, if no span is asked for; `INVALID_ARGUMENT` for too long a span. */
  ofInstallation(
    organizationId: string,
    installationId: string,
    asked: UsageSpan & { period: UsagePeriod },
  ): Promise<Outcome<InstallationUsage>>
  /** Of all installations, or of those of one extension. */
  ofOrganization(organizationId: string, asked: UsageSpan & { extension?: string }): Promise<Outcome<OrganizationUsage>>
}

const HOUR_MS = 3_600_000
const LENGTH_MS = { hour: HOUR_MS, day: 24 * HOUR_MS } as const
const USUAL = { hour: 48, day: 30 } as const
/** As many as one look at the store returns. */
const MOST_PERIODS = 1_000
/** A year of days, and of organizations only so many pages of counters. */
const MOST_DAYS = 366
const MOST_PAGES = 100

const memoryBytes = CAGE_LIMITS.growthBytes
export const USAGE_LIMITS = {
  interactive: { ...STEP_LIMITS, memoryBytes },
  background: { ...BACKGROUND_STEP_LIMITS, memoryBytes },
  parallelRuns: CAGE_LIMITS.runsPerInstallation,
}

export function createUsageReports(deps: { store: Store; clock: Clock; meter: UsageMeter }): UsageReports {
  const { store, clock, meter } = deps
  return {
    async ofInstallation(organizationId, installationId, { period, ...asked }) {
      const span = spanOf(clock, asked, period, MOST_PERIODS)
      if (!span.ok) return span
      const handle = store.forOrganization(organizationId)
      const installation = await handle(installations).get(installationId)
      if (!installation) return refused('NOT_FOUND', 'there is no such installation')
      await meter.flush()
      const { from, to } = span.value
      const where = { installationId, period, start: { $gte: from, $lt: to } }
      const found = await handle(usageCounters).find({ where, sort: [['start', 'asc']], limit: MOST_PERIODS })
      const data = found.data.map(({ start, runs, failed, used }) => ({ start, runs, failed, used }))
      const total = totalOf(found.data)
      const { extension } = installation
      return { ok: true, value: { installationId, extension, period, from, to, total, limits: USAGE_LIMITS, data } }
    },
    async ofOrganization(organizationId, asked) {
      const span = spanOf(clock, asked, 'day', MOST_DAYS)
      if (!span.ok) return span
      await meter.flush()
      const byInstallation = await countersOf(store, organizationId, span.value)
      const handle = store.forOrganization(organizationId)
      const data: OrganizationUsage['data'] = []
      for (const [installationId, counters] of byInstallation) {
        const extension = (await handle(installations).get(installationId))?.extension
        if (asked.extension !== undefined && asked.extension !== extension) continue
        data.push({ installationId, ...(extension === undefined ? {} : { extension }), ...totalOf(counters) })
      }
      data.sort((a, b) => b.used.cpuMs - a.used.cpuMs)
      return { ok: true, value: { ...span.value, total: totalOf(data), limits: USAGE_LIMITS, data } }
    },
  }
}

function spanOf(
  clock: Clock,
  asked: UsageSpan,
  period: UsagePeriod,
  most: number,
): Outcome<{ from: string; to: string }> {
  const to = asked.to ?? isoPlus(clock.iso(), 1)
  const from = asked.from ?? isoPlus(to, -USUAL[period] * LENGTH_MS[period])
  const periods = (Date.parse(to) - Date.parse(from)) / LENGTH_MS[period]
  // As the store compares texts, both are written in the one way that it knows.
  if (periods > 0 && periods <= most) return { ok: true, value: { from: isoPlus(from, 0), to: isoPlus(to, 0) } }
  return refused('INVALID_ARGUMENT', `"from" lies before "to", and at most ${most} times a ${period} before it`)
}

async function countersOf(store: Store, organizationId: string, { from, to }: { from: string; to: string }) {
  const counters = store.forOrganization(organizationId)(usageCounters)
  const found = new Map<string, UsageDocument[]>()
  const where = { period: 'day', start: { $gte: from, $lt: to } } as const
  let cursor: string | undefined
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page = await counters.find({ where, sort: [['start', 'asc']], limit: 1_000, ...(cursor && { cursor }) })
    for (const each of page.data) found.set(each.installationId, [...(found.get(each.installationId) ?? []), each])
    cursor = page.nextCursor
    if (cursor === undefined) return found
  }
  throw new Error(`the organization ${organizationId} has more counters of usage than can be summed up`)
}
