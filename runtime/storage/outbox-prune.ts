import { outboxEvents, outboxPositions } from './outbox-collections.ts'
import type { Store } from './port.ts'

/**
 * Deletes the events that were emitted before an instant (ISO 8601) and that each of `consumers` is done with; returns how
 * many. Name every consumer that still runs: what one of them has not seen is kept, however old.
 */
export async function pruneOutbox(store: Store, before: string, consumers: readonly string[]): Promise<number> {
  const system = store.asSystem('events are kept for a limited time')
  const events = system(outboxEvents)
  let pruned = 0
  for (let cursor: string | undefined; ; ) {
    const query = { where: { at: { $lt: before } }, sort: [['at', 'asc']] as const, limit: 1000 }
    const page = await events.find({ ...query, ...(cursor === undefined ? {} : { cursor }) })
    const passed = new Map<string, number>()
    for (const partition of new Set(page.data.map((event) => event.partition))) {
      passed.set(partition, await passedBy(partition))
    }
    const done = page.data.filter((event) => event.sequence <= (passed.get(event.partition) ?? 0))
    if (done.length > 0) pruned += await events.deleteWhere({ _id: { $in: done.map((event) => event._id) } })
    cursor = page.nextCursor
    if (cursor === undefined) return pruned
  }

  /** The sequence up to which all consumers are done with a partition. */
  async function passedBy(partition: string): Promise<number> {
    const ids = consumers.map((consumer) => `${consumer}:${partition}`)
    const positions = await system(outboxPositions).getMany(ids)
    if (positions.length < ids.length) return 0
    return Math.min(Number.MAX_SAFE_INTEGER, ...positions.map((position) => position.sequence))
  }
}
