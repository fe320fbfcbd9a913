import type { Json } from '@annex/sdk/json'
import { collection, type Stored } from './port.ts'

/** One event; `_id` is its `id`. */
export interface EventRow extends Stored {
  partition: string
  sequence: number
  type: string
  payload: Json
  at: string
}

/** The last sequence of a partition (`_id`). Whoever emits changes it in the same commit. */
export interface HeadRow extends Stored {
  last: number
  changedAt: string
}

/** How far a consumer is in a partition. */
export interface PositionRow extends Stored {
  consumer: string
  partition: string
  /** The last sequence that is done with. */
  sequence: number
  /** How often the event after it has failed, and with what. */
  failures?: { sequence: number; count: number; error: string }
}

/** An event that a consumer gave up. */
export interface DeadLetterRow extends Stored {
  consumer: string
  partition: string
  sequence: number
  eventId: string
  type: string
  payload: Json
  error: string
  at: string
}

export const outboxEvents = collection<EventRow>({
  name: 'outbox-events',
  scope: 'system',
  indexes: { order: { fields: ['partition', 'sequence'], unique: true }, age: { fields: ['at'] } },
})

export const outboxHeads = collection<HeadRow>({
  name: 'outbox-heads',
  scope: 'system',
  indexes: { changed: { fields: ['changedAt'] } },
})

export const outboxPositions = collection<PositionRow>({
  name: 'outbox-positions',
  scope: 'system',
  indexes: { consumer: { fields: ['consumer', 'partition'], unique: true } },
})

export const outboxDeadLetters = collection<DeadLetterRow>({
  name: 'outbox-dead-letters',
  scope: 'system',
  indexes: { consumer: { fields: ['consumer', 'at'] } },
})

export const outboxCollections = [outboxEvents, outboxHeads, outboxPositions, outboxDeadLetters] as const
