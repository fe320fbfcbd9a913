import type { Jobs } from '../../runtime/jobs/jobs.ts'
import type { OutboxEvent, Transaction } from '../../runtime/storage/port.ts'
import { EMAIL_JOB, NOTIFICATION_REASON } from './email-job.ts'
import {
  type NotificationDocument,
  type NotificationFacts,
  type NotifiedEvent,
  notifications,
  notificationWishes,
} from './notification-collections.ts'

export interface TellDeps {
  jobs: Jobs
  /** Whether there is a server that takes mail. */
  email: boolean
}

/** Writes what one person reads, and the mail if they want one: once for each event. */
export async function tellPerson(
  { jobs, email }: TellDeps,
  tx: Transaction,
  { id, at: createdAt, sequence }: OutboxEvent,
  { userId, event, facts }: { userId: string; event: NotifiedEvent; facts: NotificationFacts },
): Promise<void> {
  const handle = tx.asSystem(NOTIFICATION_REASON)
  const _id = `${id}:${userId}`
  if (await handle(notifications).get(_id)) return
  const told: Omit<NotificationDocument, 'rev'> = { _id, userId, event, facts, unread: true, createdAt, sequence }
  await handle(notifications).insert(told)
  const wish = await handle(notificationWishes).get(userId)
  if (!email || wish?.emailOff.includes(event)) return
  await jobs.enqueue(tx, { organizationId: 'system', type: EMAIL_JOB, payload: { id: _id }, group: userId })
}
