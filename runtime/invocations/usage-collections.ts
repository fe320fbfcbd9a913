import { collection, type Stored } from '../storage/port.ts'
import type { MeteredUsage } from './run-usage.ts'

export type UsagePeriod = 'hour' | 'day'

/** What the runs of one installation used within an hour or a day of UTC. `_id` is `usageId(…)`. */
export interface UsageDocument extends Stored {
  installationId: string
  period: UsagePeriod
  /** The first instant of the period. */
  start: string
  runs: number
  failed: number
  used: MeteredUsage
}

export const usageCounters = collection<UsageDocument>({
  name: 'usage',
  scope: 'organization',
  indexes: {
    byInstallation: { fields: ['installationId', 'period', 'start'] },
    byTime: { fields: ['period', 'start'] },
    byAge: { fields: ['period', 'start'], global: true },
  },
})

export function usageId(installationId: string, period: UsagePeriod, start: string): string {
  return `${installationId}/${period}/${start}`
}

/** The first instant of the hour or day (UTC) that an instant lies in. */
export function startOf(period: UsagePeriod, instant: string): string {
  return period === 'hour' ? `${instant.slice(0, 13)}:00:00.000Z` : `${instant.slice(0, 10)}T00:00:00.000Z`
}
