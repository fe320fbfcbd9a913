import type { SealedSecret } from '../../runtime/secrets/secret-box.ts'
import { collection, type Stored } from '../../runtime/storage/port.ts'
import type { AuthorEvent, AuthorFacts } from '../publishing/author-events.ts'
import type { OrganizationEvent, OrganizationFacts } from './organization-events.ts'

export type NotifiedEvent = AuthorEvent | OrganizationEvent
export type NotificationFacts = AuthorFacts & OrganizationFacts

/** One thing told to one person; `_id` is `<event>:<user>`, so that an event is told once. */
export interface NotificationDocument extends Stored {
  userId: string
  event: NotifiedEvent
  facts: NotificationFacts
  unread: boolean
  createdAt: string
  /** Of the event in its partition: what happened in one instant is told in its order. */
  sequence: number
}

export const LANGUAGES = ['en', 'fr'] as const
export type Language = (typeof LANGUAGES)[number]

/** `_id` is a user's id. */
export interface NotificationWishDocument extends Stored {
  /** Events that come by no email; in the product all of them stand. */
  emailOff: NotifiedEvent[]
  language: Language
}

/** `_id` is the publisher's slug. */
export interface PublisherWebhookDocument extends Stored {
  url: string
  events: AuthorEvent[]
  /** In the form of Standard Webhooks, sealed. */
  secret: SealedSecret & Record<string, string>
  state: 'active' | 'disabled'
  /** Deliveries that were given up since one arrived. */
  failures: number
  createdAt: string
}

/** `_id` is `<event>:<slug>`. */
export interface WebhookDeliveryDocument extends Stored {
  publisher: string
  event: AuthorEvent
  /** What is sent, as it is signed. */
  body: string
  state: 'pending' | 'delivered' | 'given_up'
  attempts: number
  /** Of the last attempt: the status of the answer, or why there was none. */
  outcome?: string
  createdAt: string
  /** Of the event. */
  sequence: number
  endedAt?: string
}

export const notifications = collection<NotificationDocument>({
  name: 'notifications',
  scope: 'system',
  indexes: {
    byUser: { fields: ['userId', 'createdAt', 'sequence'] },
    byUnread: { fields: ['userId', 'unread', 'createdAt', 'sequence'] },
    byAge: { fields: ['createdAt'] },
  },
})

export const notificationWishes = collection<NotificationWishDocument>({
  name: 'notificationWishes',
  scope: 'system',
  indexes: {},
})

export const publisherWebhooks = collection<PublisherWebhookDocument>({
  name: 'publisherWebhooks',
  scope: 'system',
  indexes: {},
})

export const webhookDeliveries = collection<WebhookDeliveryDocument>({
  name: 'publisherWebhookDeliveries',
  scope: 'system',
  indexes: { byPublisher: { fields: ['publisher', 'createdAt', 'sequence'] }, byAge: { fields: ['createdAt'] } },
})

export const notificationCollections = [notifications, notificationWishes, publisherWebhooks, webhookDeliveries]
