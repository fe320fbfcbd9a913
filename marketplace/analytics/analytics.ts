import { type Clock, isoPlus } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { deleteAll } from '../delete-all.ts'
import { ANALYTICS_REASON, organizationDays, versionDays } from './analytics-collections.ts'
import { ANALYTICS_LIMITS } from './analytics-limits.ts'
import { type AnalyticsMeter, createAnalyticsMeter } from './analytics-meter.ts'
import { type AnalyticsReports, createAnalyticsReports } from './analytics-reports.ts'
import { createFigures, type Figures } from './figures.ts'
import { createInstallFollower } from './follow-installs.ts'

/** How extensions are used: counted as it happens, shown to publishers without a customer's data. */
export interface Analytics {
  readonly meter: AnalyticsMeter
  readonly reports: AnalyticsReports
  readonly figures: Figures
  start(): void
  /** Counts organizations anew, and deletes what is old. */
  sweep(): Promise<void>
  /** Writes what waits. */
  stop(): Promise<void>
}

export function createAnalytics(deps: { store: Store; clock: Clock; log: Log }): Analytics {
  const meter = createAnalyticsMeter(deps)
  const installs = createInstallFollower(deps)
  const figures = createFigures(deps)
  return {
    meter,
    reports: createAnalyticsReports({ ...deps, meter }),
    figures,
    start: () => installs.start(),
    async sweep() {
      await figures.sweep()
      const oldest = isoPlus(deps.clock.iso(), -ANALYTICS_LIMITS.keepMs).slice(0, 10)
      const system = deps.store.asSystem(ANALYTICS_REASON)
      await deleteAll(system(versionDays), { day: { $lt: oldest } })
      await deleteAll(system(organizationDays), { day: { $lt: oldest } })
    },
    async stop() {
      await installs.stop()
      await meter.flush()
    },
  }
}
