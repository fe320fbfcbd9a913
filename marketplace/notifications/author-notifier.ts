import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { createOutboxConsumer, type OutboxConsumer } from '../../runtime/storage/outbox.ts'
import type { Handle, OutboxEvent, Store, Transaction } from '../../runtime/storage/port.ts'
import { AUTHOR_EVENTS, AUTHOR_PREFIX, type AuthorEvent, type AuthorFacts } from '../publishing/author-events.ts'
import { publisherMembers } from '../publishing/publishing-collections.ts'
import { NOTIFICATION_REASON } from './email-job.ts'
import { publisherWebhooks, webhookDeliveries } from './notification-collections.ts'
import { type TellDeps, tellPerson } from './tell-person.ts'
import { WEBHOOK_JOB } from './webhook-job.ts'

export interface NotifierDeps extends TellDeps {
  store: Store
  clock: Clock
  log: Log
}

/** Its position in the outbox; what it has not read yet must stay. */
export const AUTHORS_CONSUMER = 'notifications'

/**
 * Turns each event into what authors read, the mails and the call of the publisher's webhook, in the commit that moves
 * the position: after a crash all of it is there or none.
 */
export function createAuthorNotifier(deps: NotifierDeps): OutboxConsumer {
  return createOutboxConsumer({
    store: deps.store,
    clock: deps.clock,
    name: AUTHORS_CONSUMER,
    types: [AUTHOR_PREFIX],
    handle: (event, tx) => tell(deps, tx, event),
    onError: (error) => deps.log.error({ err: error }, 'authors could not be told'),
  })
}

async function tell(deps: NotifierDeps, tx: Transaction, event: OutboxEvent): Promise<void> {
  const kind = AUTHOR_EVENTS.find((name) => event.type === `${AUTHOR_PREFIX}${name}`)
  // Written by `tellAuthor` alone.
  const facts = event.payload as AuthorFacts
  if (!kind) throw new Error(`${event.type} is told to nobody`)
  const handle = tx.asSystem(NOTIFICATION_REASON)
  for (const userId of await recipients(handle, facts))
    await tellPerson(deps, tx, event, { userId, event: kind, facts })
  if (facts.publisher !== undefined) await call(deps, tx, event, kind, facts, facts.publisher)
}

/** Who uploaded it and the owners of the publisher, but not who did it. */
async function recipients(handle: Handle, { publisher, uploadedBy, by }: AuthorFacts): Promise<Set<string>> {
  const where = { publisher: publisher ?? '', role: 'owner' }
  const owners = publisher === undefined ? [] : (await handle(publisherMembers).find({ where, limit: 1000 })).data
  const all = new Set([...(uploadedBy === undefined ? [] : [uploadedBy]), ...owners.map(({ userId }) => userId)])
  if (by !== undefined) all.delete(by.replace(/^user:/, ''))
  return all
}

async function call(
  { jobs }: NotifierDeps,
  tx: Transaction,
  event: OutboxEvent,
  kind: AuthorEvent,
  facts: AuthorFacts,
  publisher: string,
): Promise<void> {
  const handle = tx.asSystem(NOTIFICATION_REASON)
  const hook = await handle(publisherWebhooks).get(publisher)
  const _id = `${event.id}:${publisher}`
  if (hook?.state !== 'active' || !hook.events.includes(kind) || (await handle(webhookDeliveries).get(_id))) return
  const { by: _by, uploadedBy: _uploadedBy, ...data } = facts
  const body = JSON.stringify({ type: kind, timestamp: event.at, data })
  const draft = { _id, publisher, event: kind, body, state: 'pending', attempts: 0 } as const
  await handle(webhookDeliveries).insert({ ...draft, createdAt: event.at, sequence: event.sequence })
  await jobs.enqueue(tx, { organizationId: 'system', type: WEBHOOK_JOB, payload: { id: _id }, group: publisher })
}
