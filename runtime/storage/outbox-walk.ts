import { createOutboxDiscovery } from './outbox-discovery.ts'
import { type PartitionDeps, type PartitionVisit, processPartition } from './outbox-partition.ts'

/** A consumer's way through the partitions of the outbox. */
export interface OutboxWalk {
  /** Everything that is there now, each event until it is handled or given up; how many were handled. */
  all(): Promise<number>
  /** These partitions, for somebody said that they have something. */
  some(partitions: readonly string[]): Promise<void>
  /** The partitions that the store says may have something, and those whose wait after a failure is over. */
  around(): Promise<void>
}

export function createOutboxWalk(deps: PartitionDeps, stopping: () => boolean): OutboxWalk {
  const discovery = createOutboxDiscovery(deps)
  /** Where this node last saw the consumer's position: what lies behind it needs no look. Never ahead of the truth. */
  const seen = new Map<string, number>()
  /** Partitions whose next event failed, and for how many polls they are left alone. */
  const waiting = new Map<string, number>()
  const isNew = (head: { _id: string; last: number }) => head.last > (seen.get(head._id) ?? 0)

  async function visit(partition: string, how: Omit<PartitionVisit, 'stopped'>): Promise<number> {
    const result = await processPartition(deps, partition, { ...how, stopped: () => stopping() && !how.insist })
    seen.set(partition, result.position)
    if (result.failures > 0) waiting.set(partition, 2 ** result.failures - 1)
    else waiting.delete(partition)
    return result.handled
  }

  return {
    async all() {
      let handled = 0
      for await (const head of discovery.all()) {
        if (isNew(head)) handled += await visit(head._id, { until: head.last, insist: true })
      }
      return handled
    },
    async some(partitions) {
      for (const partition of partitions) {
        if (!stopping() && !waiting.has(partition)) await visit(partition, { insist: false, onHint: true })
      }
    },
    async around() {
      for (const [partition, polls] of waiting) waiting.set(partition, polls - 1)
      for await (const head of discovery.look()) {
        if (stopping()) return
        if (isNew(head) && !waiting.has(head._id)) await visit(head._id, { until: head.last, insist: false })
      }
      // A failed event that is older than discovery's window is not found by it again.
      for (const [partition, polls] of [...waiting]) {
        if (polls <= 0 && !stopping()) await visit(partition, { insist: false })
      }
    },
  }
}
