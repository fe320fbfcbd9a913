import { type Clock, isoPlus } from '../runtime/clock.ts'
import { deliveries } from '../runtime/events/delivery.ts'
import { EVENTS_CONSUMER } from '../runtime/events/relay.ts'
import { runs } from '../runtime/invocations/invocations-collections.ts'
import { usageCounters } from '../runtime/invocations/usage-collections.ts'
import { recordings } from '../runtime/recordings/recordings-collections.ts'
import { SCHEDULES_CONSUMER } from '../runtime/schedules/follow-installations.ts'
import { pruneOutbox } from '../runtime/storage/outbox-prune.ts'
import type { Store } from '../runtime/storage/port.ts'
import { webhooks } from '../runtime/webhooks/webhook.ts'
import { deleteAll } from './delete-all.ts'

const DAY_MS = 24 * 3_600_000
const KEEP_MS = 30 * DAY_MS
/** Of days two years and a little: this year can be held beside the last one. */
const KEEP_USAGE_MS = { hour: 31 * DAY_MS, day: 800 * DAY_MS } as const

/**
 * The stored consumers of the outbox whose position must be kept up with. The catalog is none of them: it follows in
 * memory, from where its own process started, and reads everything anew when events are gone before it saw them.
 */
const CONSUMERS: readonly string[] = [EVENTS_CONSUMER, SCHEDULES_CONSUMER]

/** Deletes what is kept for 30 days, the rows of extensions' runs and events, and recordings, which say when they end. */
export function createRetention({
  store,
  clock,
  consumers = [],
}: {
  store: Store
  clock: Clock
  /** More that follow the outbox. */
  consumers?: readonly string[]
}): { sweep(): Promise<void> } {
  const everyTenant = store.asSystem('runs of every organization are kept for a limited time')
  return {
    async sweep() {
      const before = isoPlus(clock.iso(), -KEEP_MS)
      await deleteAll(everyTenant(runs), { startedAt: { $lt: before } })
      await deleteAll(everyTenant(recordings), { expiresAt: { $lt: clock.iso() } })
      for (const [period, keepMs] of Object.entries(KEEP_USAGE_MS)) {
        const oldest = isoPlus(clock.iso(), -keepMs)
        await deleteAll(everyTenant(usageCounters), { period, start: { $lt: oldest } })
      }
      await deleteAll(everyTenant(deliveries), { purgeAt: { $lt: clock.iso() } })
      await deleteAll(everyTenant(webhooks), { purgeAt: { $lt: clock.iso() } })
      await pruneOutbox(store, before, [...CONSUMERS, ...consumers])
    },
  }
}
