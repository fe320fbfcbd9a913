import { type Clock, isoPlus } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { DeclarationSource } from '../installation-declarations.ts'
import type { ActiveInstallation, InstallationDirectory } from '../installation-source.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Log } from '../log.ts'
import { createOutboxConsumer, type OutboxConsumer } from '../storage/outbox.ts'
import type { Draft, OutboxEvent, Store, Transaction } from '../storage/port.ts'
import { type Delivery, deliveries, laneOf } from './delivery.ts'
import { KEEP_MS, MAX_DEPTH } from './event-limits.ts'
import { type EventFacts, readEvent } from './read-event.ts'
import { type Subscribers, subscribersOf } from './subscribers.ts'

export const DELIVER_JOB = 'events.deliver'
/** The name under which the position in the outbox is kept. */
export const EVENTS_CONSUMER = 'events'

export interface RelayDeps {
  store: Store
  clock: Clock
  ids: Ids
  log: Log
  jobs: Jobs
  installations: InstallationDirectory
  declarations: DeclarationSource
}

/**
 * Turns each event into a delivery and its job for every subscriber, in the commit that moves the position: after a crash
 * all of it is there or none. Who subscribes is read before each batch.
 */
export function createEventRelay(deps: RelayDeps): OutboxConsumer {
  const subscribers = new Map<string, Subscribers>()
  return createOutboxConsumer({
    store: deps.store,
    clock: deps.clock,
    name: EVENTS_CONSUMER,
    batch: 500,
    async choose(partition) {
      const known = await subscribersOf(deps, partition)
      subscribers.set(partition, known)
      if (known.size === 0) return undefined
      return (event) => readEvent(event)?.types.some((type) => known.has(type)) ?? false
    },
    handle: (event, tx) => deliverTo(deps, tx, event, subscribers.get(event.partition)),
    onError: (error) => deps.log.error({ err: error }, 'events could not be passed on'),
  })
}

async function deliverTo(
  deps: RelayDeps,
  tx: Transaction,
  event: OutboxEvent,
  subscribers: Subscribers | undefined,
): Promise<void> {
  const facts = readEvent(event)
  if (!facts) return
  for (const type of facts.types) {
    for (const installation of subscribers?.get(type) ?? [])
      await deliver(deps, tx, { event, facts, type, installation })
  }
}

interface Addressed {
  event: OutboxEvent
  facts: EventFacts
  type: string
  installation: ActiveInstallation
}

async function deliver(
  deps: RelayDeps,
  tx: Transaction,
  { event, facts, type, installation }: Addressed,
): Promise<void> {
  const { types: _types, ...rest } = facts
  const organizationId = event.partition
  const draft: Draft<Delivery> = {
    ...{ _id: deps.ids('dlv'), installationId: installation.id, extension: installation.extension, type, ...rest },
    ...{ eventId: event.id, occurredAt: event.at, sequence: event.sequence, attempts: 0, createdAt: deps.clock.iso() },
    state: 'PENDING',
  }
  const mine = tx.forOrganization(organizationId)(deliveries)
  if (facts.depth >= MAX_DEPTH) {
    await mine.insert({ ...draft, ...stopped(deps.clock.iso(), facts.depth) })
    return
  }
  const lane = laneOf(draft)
  const job = await deps.jobs.enqueue(tx, deliveryJob(organizationId, installation.id, draft._id))
  await mine.insert({ ...draft, jobId: job._id, ...(lane === undefined ? {} : { lane }) })
}

export function deliveryJob(organizationId: string, installationId: string, deliveryId: string) {
  return { organizationId, type: DELIVER_JOB, group: installationId, payload: { deliveryId } }
}

/** Reactions to reactions: somewhere a circle must end. It is shown to admins, and nothing of it is run. */
function stopped(now: string, depth: number) {
  const reason = `the event came out of ${depth} reactions in a row`
  return { state: 'STOPPED', reason, endedAt: now, purgeAt: isoPlus(now, KEEP_MS) } as const
}
