import type { Clock } from '../clock.ts'
import { outboxDeadLetters, outboxHeads, outboxPositions, type PositionRow } from './outbox-collections.ts'
import { type OutboxSpan, readOutbox } from './outbox-read.ts'
import { type Handles, type OutboxEvent, StorageConflict, type Store, type Transaction } from './port.ts'

export interface PartitionDeps {
  store: Store
  clock: Clock
  /** The consumer's. */
  name: string
  wants(type: string): boolean
  /** All that is wanted lies between these two; absent: anywhere. */
  types?: OutboxSpan['types']
  choose?(partition: string): Promise<((event: OutboxEvent) => boolean) | undefined>
  handle(event: OutboxEvent, tx: Transaction): Promise<void>
  batch: number
}

export interface PartitionResult {
  handled: number
  /** The last sequence that is done with. */
  position: number
  /** How often the next event has failed; then the partition waits. */
  failures: number
}

/** An event that fails so often is put aside, so that those behind it are not held up for ever. */
export const MOST_TRIES = 5
const ERROR_CHARACTERS = 2000

export interface PartitionVisit {
  /** The sequence to go to; absent: as far as there are events now. */
  until?: number
  insist: boolean
  /** A partition of which nothing is chosen stays where it is, until a visit that is not on a hint passes over it. */
  onHint?: boolean
  stopped(): boolean
}

/**
 * Handles a partition's events in order, from the consumer's position up to the sequence `until`. Stops at an event that
 * fails, unless `insist`: then it is tried until it is handled or given up.
 */
export async function processPartition(
  deps: PartitionDeps,
  partition: string,
  visit: PartitionVisit,
): Promise<PartitionResult> {
  let position = await positionOf(deps, partition)
  let handled = 0
  for (;;) {
    const until = Math.min(visit.until ?? Number.POSITIVE_INFINITY, await headOf(deps, partition))
    // Asked after the head was read: who came to want events before one of these was committed is known.
    const chosen = position < until && (deps.choose ? await deps.choose(partition) : () => true)
    if (position >= until || (!chosen && visit.onHint)) return { handled, position, failures: 0 }
    const batch = await readBatch(deps, partition, { from: position, until, chosen })
    const step = await processBatch(deps, batch, visit)
    position = step.position
    handled += step.handled
    if (step.failures > 0 || visit.stopped()) return { ...step, handled }
  }
}

interface Batch {
  partition: string
  from: number
  /** The wanted ones behind `from`. */
  events: OutboxEvent[]
  /** Up to here none is left out. */
  to: number
}

async function readBatch(
  deps: PartitionDeps,
  partition: string,
  {
    from,
    until,
    chosen,
  }: { from: number; until: number; chosen: ((event: OutboxEvent) => boolean) | false | undefined },
): Promise<Batch> {
  if (!chosen) return { partition, from, events: [], to: until }
  const span = { until, ...(deps.types && { types: deps.types }) }
  const read = await readOutbox(deps.store, partition, from, deps.batch, span)
  const last = read.length < deps.batch ? undefined : read.at(-1)
  const events = read.filter((event) => deps.wants(event.type) && chosen(event))
  return { partition, from, events, to: last?.sequence ?? until }
}

async function processBatch(
  deps: PartitionDeps,
  { partition, from, events, to }: Batch,
  { insist, stopped }: PartitionVisit,
): Promise<PartitionResult> {
  let position = from
  let handled = 0
  for (const event of events) {
    if (stopped()) return { handled, position, failures: 0 }
    const outcome = await processEvent(deps, event, position, insist)
    if (outcome.kind === 'moved') return { handled, position: await positionOf(deps, partition), failures: 0 }
    if (outcome.kind === 'failed') return { handled, position, failures: outcome.failures }
    position = event.sequence
    if (outcome.kind === 'handled') handled += 1
  }
  // Those behind the last wanted one are passed over in one step.
  if (to > position) await advance(deps, deps.store, partition, position, to)
  return { handled, position: to, failures: 0 }
}

type Outcome = { kind: 'handled' | 'given-up' | 'moved' } | { kind: 'failed'; failures: number }

async function processEvent(deps: PartitionDeps, event: OutboxEvent, from: number, insist: boolean): Promise<Outcome> {
  for (;;) {
    const error = await tryEvent(deps, event, from)
    if (!error) return { kind: 'handled' }
    if (error === 'moved') return { kind: 'moved' }
    const failures = await recordFailure(deps, event, from, error)
    if (failures === undefined) return { kind: 'moved' }
    if (failures >= MOST_TRIES) return giveUp(deps, event, from, error)
    if (!insist) return { kind: 'failed', failures }
  }
}

/**
 * The position and the handler's writes are one commit: after a crash both are there or neither. The position moves
 * first, and only from where this node saw it: of two nodes with the same event, one finds it moved and writes nothing.
 */
async function tryEvent(deps: PartitionDeps, event: OutboxEvent, from: number): Promise<Error | 'moved' | undefined> {
  try {
    const moved = await deps.store.tx(async (tx) => {
      if (!(await advance(deps, tx, event.partition, from, event.sequence))) return true
      await deps.handle(event, tx)
      return false
    })
    return moved ? 'moved' : undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

const positionsOf = (handles: Handles) => handles.asSystem('a position belongs to a consumer')(outboxPositions)
const positionId = (deps: PartitionDeps, partition: string) => `${deps.name}:${partition}`

/** The last sequence that is committed in a partition. */
async function headOf(deps: PartitionDeps, partition: string): Promise<number> {
  const heads = deps.store.asSystem('the outbox is shared by all organizations')(outboxHeads)
  return (await heads.get(partition))?.last ?? 0
}

/** Where the consumer is, beginning at 0. */
async function positionOf(deps: PartitionDeps, partition: string): Promise<number> {
  const positions = positionsOf(deps.store)
  const _id = positionId(deps, partition)
  const found = await positions.get(_id)
  if (found) return found.sequence
  try {
    await positions.insert({ _id, consumer: deps.name, partition, sequence: 0 })
    return 0
  } catch (error) {
    if (!(error instanceof StorageConflict)) throw error
    // Another node of the same name began at the same time.
    return (await positions.get(_id))?.sequence ?? 0
  }
}

/** Moves the position, if it still is where it was seen. */
async function advance(
  deps: PartitionDeps,
  handles: Handles,
  partition: string,
  from: number,
  to: number,
): Promise<boolean> {
  const patch = { set: { sequence: to }, unset: ['failures'] }
  const moved = await positionsOf(handles).patch(positionId(deps, partition), patch, { where: { sequence: from } })
  return moved !== undefined
}

/** Counts in the store, so that a restart does not begin again; `undefined` when another node has moved on meanwhile. */
async function recordFailure(
  deps: PartitionDeps,
  event: OutboxEvent,
  from: number,
  error: Error,
): Promise<number | undefined> {
  const positions = positionsOf(deps.store)
  const _id = positionId(deps, event.partition)
  const before: PositionRow | undefined = await positions.get(_id)
  const count = (before?.failures?.sequence === event.sequence ? before.failures.count : 0) + 1
  const failures = { sequence: event.sequence, count, error: describe(error) }
  return (await positions.patch(_id, { set: { failures } }, { where: { sequence: from } })) && count
}

async function giveUp(deps: PartitionDeps, event: OutboxEvent, from: number, error: Error): Promise<Outcome> {
  const moved = await deps.store.tx(async (tx) => {
    if (!(await advance(deps, tx, event.partition, from, event.sequence))) return true
    const { id: eventId, partition, sequence, type, payload } = event
    const letter = { consumer: deps.name, partition, sequence, eventId, type, payload }
    const _id = `${deps.name}:${eventId}`
    const letters = tx.asSystem('an event that no try could handle')(outboxDeadLetters)
    await letters.insert({ _id, ...letter, error: describe(error), at: deps.clock.iso() })
    return false
  })
  return { kind: moved ? 'moved' : 'given-up' }
}

function describe(error: Error): string {
  return `${error.name}: ${error.message}`.slice(0, ERROR_CHARACTERS).toWellFormed()
}
