import { type Clock, isoPlus } from '../runtime/clock.ts'
import { runs } from '../runtime/invocations/invocations-collections.ts'
import { pruneOutbox } from '../runtime/storage/outbox-prune.ts'
import type { Store } from '../runtime/storage/port.ts'
import { deleteAll } from './delete-all.ts'

const KEEP_MS = 30 * 24 * 3_600_000

/**
 * The stored consumers of the outbox whose position must be kept up with: none. The catalog follows it in memory, from
 * where its own process started, and reads everything anew when events are gone before it saw them.
 */
const CONSUMERS: readonly string[] = []

/** Deletes what is kept for 30 days: the rows of extensions' runs, and events. */
export function createRetention({ store, clock }: { store: Store; clock: Clock }): { sweep(): Promise<void> } {
  const everyTenant = store.asSystem('runs of every organization are kept for a limited time')
  return {
    async sweep() {
      const before = isoPlus(clock.iso(), -KEEP_MS)
      await deleteAll(everyTenant(runs), { startedAt: { $lt: before } })
      await pruneOutbox(store, before, CONSUMERS)
    },
  }
}
