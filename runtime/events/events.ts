import type { Json } from '@annex/sdk/json'
import { type Result, refusal, success } from '../result.ts'
import { outboxEvents } from '../storage/outbox-collections.ts'
import { type Page, StorageError } from '../storage/port.ts'
import { createDeliverJob, type DeliverDeps } from './deliver.ts'
import { type Delivery, type DeliveryState, deliveries, laneOf } from './delivery.ts'
import { readEvent } from './read-event.ts'
import { createEventRelay, DELIVER_JOB, deliveryJob, type RelayDeps } from './relay.ts'

/** An event of an organization, as its admins meet it. */
export interface OrganizationEvent {
  id: string
  type: string
  sequence: number
  occurredAt: string
  payload: Json
  deliveries: Delivery[]
}

export interface DeliveriesQuery {
  state?: DeliveryState
  installationId?: string
  limit?: number
  cursor?: string
}

/** Brings what happens to the extensions that subscribe to it. */
export interface Events {
  /** Newest first, each with its deliveries. */
  list(organizationId: string, page: { limit?: number; cursor?: string }): Promise<Result<Page<OrganizationEvent>>>
  /** Newest first; with `state`, or of one installation. */
  deliveries(organizationId: string, query: DeliveriesQuery): Promise<Result<Page<Delivery>>>
  /** Has a dead delivery tried anew. `NOT_FOUND`, or `CONFLICT` for one that is not dead. */
  retry(organizationId: string, deliveryId: string): Promise<Result<Delivery>>
  /** Passes on what is there now; how many events that were. For tests and command lines. */
  drain(): Promise<number>
  start(): void
  stop(): Promise<void>
}

/** Registers its job: to be made before the queue starts. */
export function createEvents(deps: RelayDeps & DeliverDeps): Events {
  const relay = createEventRelay(deps)
  deps.jobs.register(DELIVER_JOB, createDeliverJob(deps))
  return {
    list: (organizationId, page) => paged(() => list(deps, organizationId, page)),
    deliveries: (organizationId, { state, installationId, ...page }) =>
      paged(() =>
        deps.store
          .forOrganization(organizationId)(deliveries)
          .find({
            where: { ...(state && { state }), ...(installationId && { installationId }) },
            sort: [['createdAt', 'desc']],
            ...page,
          }),
      ),
    retry: (organizationId, deliveryId) => retry(deps, organizationId, deliveryId),
    drain: () => relay.drain(),
    start: () => relay.start(),
    stop: () => relay.stop(),
  }
}

async function paged<T>(find: () => Promise<Page<T>>): Promise<Result<Page<T>>> {
  try {
    return success(await find())
  } catch (error) {
    if (error instanceof StorageError) return refusal('INVALID_ARGUMENT', 'the cursor does not belong to this list')
    throw error
  }
}

async function list(
  { store }: RelayDeps,
  organizationId: string,
  page: { limit?: number; cursor?: string },
): Promise<Page<OrganizationEvent>> {
  const found = await store
    .asSystem('the outbox is shared by all organizations')(outboxEvents)
    .find({ where: { partition: organizationId }, sort: [['sequence', 'desc']], ...page })
  const told = await store
    .forOrganization(organizationId)(deliveries)
    .find({ where: { eventId: { $in: found.data.map(({ _id }) => _id) } }, limit: 1000 })
  const data = found.data.map(({ _id: id, type, sequence, at: occurredAt, payload }) => ({
    ...{ id, sequence, occurredAt, payload },
    // An emitted event goes under its own type.
    type: readEvent({ type, payload })?.types[0] ?? type,
    deliveries: told.data.filter(({ eventId }) => eventId === id),
  }))
  return found.nextCursor === undefined ? { data } : { data, nextCursor: found.nextCursor }
}

function retry(deps: RelayDeps, organizationId: string, deliveryId: string): Promise<Result<Delivery>> {
  return deps.store.tx(async (tx) => {
    const mine = tx.forOrganization(organizationId)(deliveries)
    const dead = await mine.get(deliveryId)
    if (!dead) return refusal('NOT_FOUND', 'there is no such delivery')
    if (dead.state !== 'DEAD') return refusal('CONFLICT', `a delivery that is ${dead.state} is not tried anew`)
    const job = await deps.jobs.enqueue(tx, deliveryJob(organizationId, dead.installationId, deliveryId))
    const set = { state: 'PENDING', jobId: job._id, lane: laneOf(dead) }
    const after = await mine.patch(deliveryId, { set, unset: ['endedAt', 'reason', 'purgeAt'] }, { rev: dead.rev })
    if (!after) throw new Error(`${deliveryId} moved inside a transaction`)
    return success(after)
  })
}
