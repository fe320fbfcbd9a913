import { type Clock, isoPlus } from '../../runtime/clock.ts'
import type { Page } from '../../runtime/storage/port.ts'
import type { Identity } from '../accounts/identity.ts'
import { deleteAll } from '../delete-all.ts'
import { type Outcome, refused } from '../errors.ts'
import { AUTHORS_CONSUMER, createAuthorNotifier, type NotifierDeps } from './author-notifier.ts'
import { createEmailJob, EMAIL_JOB, NOTIFICATION_REASON } from './email-job.ts'
import { eventWords } from './event-words.ts'
import type { Mailer } from './mailer.ts'
import {
  type Language,
  type NotificationDocument,
  type NotificationFacts,
  type NotifiedEvent,
  notifications,
  notificationWishes,
  webhookDeliveries,
} from './notification-collections.ts'
import { createOrganizationNotifier, ORGANIZATIONS_CONSUMER } from './organization-notifier.ts'
import { createPublisherWebhooks, type PublisherWebhooks, type PublisherWebhooksDeps } from './publisher-webhooks.ts'
import { createWebhookJob, WEBHOOK_JOB, type WebhookJobDeps } from './webhook-job.ts'

export interface Notification {
  id: string
  event: NotifiedEvent
  /** In the person's language. */
  subject: string
  text: string
  facts: NotificationFacts
  unread: boolean
  createdAt: string
}

export interface NotificationWish {
  /** Events that come by no email. */
  emailOff: NotifiedEvent[]
  language: Language
}

/**
 * Tells people what becomes of their packages and of what their organization installs: here, by email, and at the
 * publisher's own address.
 */
export interface Notifications {
  /** The caller's own, newest first. */
  list(
    identity: Identity,
    query: { unread?: boolean; limit?: number; cursor?: string },
  ): Promise<Outcome<Page<Notification>>>
  markRead(identity: Identity, id: string): Promise<Outcome<undefined>>
  wish(identity: Identity): Promise<NotificationWish>
  setWish(identity: Identity, wish: NotificationWish): Promise<NotificationWish>
  readonly webhooks: PublisherWebhooks
  /** Tells what is there now; how many events that were. For tests. */
  drain(): Promise<number>
  start(): void
  stop(): Promise<void>
  /** Forgets what is old. */
  sweep(): Promise<void>
}

export interface NotificationsDeps extends Omit<NotifierDeps, 'email'>, PublisherWebhooksDeps, WebhookJobDeps {
  clock: Clock
  /** Absent: nothing goes by email. */
  mailer?: Mailer | undefined
}

/** Their positions in the outbox; what they have not read yet must stay. */
export const NOTIFICATION_CONSUMERS = [AUTHORS_CONSUMER, ORGANIZATIONS_CONSUMER]

const KEEP_MS = 180 * 24 * 3_600_000

/** Registers its jobs: to be made before the queue starts. */
export function createNotifications(deps: NotificationsDeps): Notifications {
  const { store, clock, jobs, mailer } = deps
  const system = store.asSystem(NOTIFICATION_REASON)
  const telling = { ...deps, email: mailer !== undefined }
  const notifiers = [createAuthorNotifier(telling), createOrganizationNotifier(telling)]
  jobs.register(EMAIL_JOB, createEmailJob({ store, mailer }))
  jobs.register(WEBHOOK_JOB, createWebhookJob(deps))

  async function wishOf({ userId }: Identity): Promise<NotificationWish> {
    const { emailOff = [], language = 'en' } = (await system(notificationWishes).get(userId)) ?? {}
    return { emailOff, language }
  }

  return {
    async list(identity, { unread, ...page }) {
      const where = { userId: identity.userId, ...(unread === undefined ? {} : { unread }) }
      const { language } = await wishOf(identity)
      const sort = [['createdAt', 'desc'] as const, ['sequence', 'desc'] as const]
      const found = await system(notifications).find({ where, sort, ...page })
      return { ok: true, value: { ...found, data: found.data.map((each) => view(each, language)) } }
    },
    async markRead({ userId }, id) {
      const read = await system(notifications).patch(id, { set: { unread: false } }, { where: { userId } })
      return read ? { ok: true, value: undefined } : refused('NOT_FOUND', 'there is no such notification')
    },
    wish: wishOf,
    async setWish({ userId }, { emailOff, language }) {
      const draft = { _id: userId, emailOff: [...new Set(emailOff)], language }
      const { rev: _rev, _id, organizationId: _organizationId, ...kept } = await system(notificationWishes).put(draft)
      return kept
    },
    webhooks: createPublisherWebhooks(deps),
    async drain() {
      let told = 0
      for (const notifier of notifiers) told += await notifier.drain()
      return told
    },
    start() {
      for (const notifier of notifiers) notifier.start()
    },
    async stop() {
      for (const notifier of notifiers) await notifier.stop()
      mailer?.close()
    },
    async sweep() {
      const createdAt = { $lt: isoPlus(clock.iso(), -KEEP_MS) }
      await deleteAll(system(notifications), { createdAt })
      await deleteAll(system(webhookDeliveries), { createdAt })
    },
  }
}

function view({ _id: id, event, facts, unread, createdAt }: NotificationDocument, language: Language): Notification {
  const { by: _by, ...shown } = facts
  return { id, event, ...eventWords(event, facts, language), facts: shown, unread, createdAt }
}
