import { Type } from '@sinclair/typebox'
import { LANGUAGES } from '../notifications/notification-collections.ts'
import { AUTHOR_EVENTS } from '../publishing/author-events.ts'
import { Id, Instant, Strict } from './schemas.ts'

const Text = Type.String()
export const AuthorEventName = Type.Unsafe<(typeof AUTHOR_EVENTS)[number]>(Type.String({ enum: [...AUTHOR_EVENTS] }))

export const Notification = Type.Object({
  id: Id,
  event: AuthorEventName,
  subject: Text,
  text: Text,
  facts: Type.Object({
    publisher: Type.Optional(Text),
    extension: Type.Optional(Text),
    version: Type.Optional(Text),
    submissionId: Type.Optional(Text),
    reviewId: Type.Optional(Text),
    texts: Type.Optional(Type.Array(Text)),
    band: Type.Optional(Text),
    expectedBy: Type.Optional(Text),
  }),
  unread: Type.Boolean(),
  createdAt: Instant,
})

export const NotificationWish = Strict({
  emailOff: Type.Array(AuthorEventName, { maxItems: 50, description: 'What comes by no email' }),
  language: Type.Unsafe<(typeof LANGUAGES)[number]>(Type.String({ enum: [...LANGUAGES] })),
})

export const PublisherWebhook = Type.Object({
  url: Text,
  events: Type.Array(AuthorEventName),
  state: Type.Unsafe<'active' | 'disabled'>(Type.String({ enum: ['active', 'disabled'] })),
  failures: Type.Integer({ description: 'Deliveries in a row that were given up' }),
  createdAt: Instant,
})

export const WebhookDelivery = Type.Object({
  id: Text,
  event: AuthorEventName,
  state: Type.Unsafe<'pending' | 'delivered' | 'given_up'>(Type.String({ enum: ['pending', 'delivered', 'given_up'] })),
  attempts: Type.Integer(),
  outcome: Type.Optional(Type.String({ description: 'Of the last attempt' })),
  createdAt: Instant,
  endedAt: Type.Optional(Instant),
})
