import { type EventRow, outboxEvents } from './outbox-collections.ts'
import type { OutboxEvent, Store } from './port.ts'

/** Narrows what is read: up to a sequence, and to types that lie between two (in the order of their characters). */
export interface OutboxSpan {
  until?: number
  types?: { from: string; to: string }
}

/** The events of a partition behind `afterSequence`, in order, at most `limit` (1 to 1,000). */
export async function readOutbox(
  store: Store,
  partition: string,
  afterSequence: number,
  limit: number,
  { until, types }: OutboxSpan = {},
): Promise<OutboxEvent[]> {
  const events = store.asSystem('the outbox is shared by all organizations')(outboxEvents)
  const where = {
    partition,
    sequence: { $gt: afterSequence, ...(until !== undefined && { $lte: until }) },
    ...(types && { type: { $gte: types.from, $lte: types.to } }),
  }
  const page = await events.find({ where, sort: [['sequence', 'asc']], limit })
  return page.data.map(eventOf)
}

function eventOf({ _id, partition, sequence, type, payload, at }: EventRow): OutboxEvent {
  return { id: _id, partition, sequence, type, payload, at }
}
