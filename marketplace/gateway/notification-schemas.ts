import { Type } from '@sinclair/typebox'
import { LANGUAGES, type NotifiedEvent } from '../notifications/notification-collections.ts'
import { ORGANIZATION_EVENTS } from '../notifications/organization-events.ts'
import { AUTHOR_EVENTS } from '../publishing/author-events.ts'
import { Id, Instant, Strict } from './schemas.ts'

const Text = Type.String()
export const AuthorEventName = Type.Unsafe<(typeof AUTHOR_EVENTS)[number]>(Type.String({ enum: [...AUTHOR_EVENTS] }))
const NotifiedEventName = Type.Unsafe<NotifiedEvent>(Type.String({ enum: [...AUTHOR_EVENTS, ...ORGANIZATION_EVENTS] }))

export const Notification = Type.Object({
  id: Id,
  event: NotifiedEventName,
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
    organizationId: Type.Optional(Text),
    from: Type.Optional(Type.String({ description: 'The version before' })),
    installationId: Type.Optional(Text),
    requestId: Type.Optional(Text),
    requestedBy: Type.Optional(Text),
    requester: Type.Optional(Type.String({ description: 'What the one who asks is called' })),
    reason: Type.Optional(Type.String({ description: 'Why it was disabled or uninstalled' })),
    step: Type.Optional(Type.String({ description: 'Where it failed' })),
    code: Type.Optional(Text),
  }),
  unread: Type.Boolean(),
  createdAt: Instant,
})

export const NotificationWish = Strict({
  emailOff: Type.Array(NotifiedEventName, { maxItems: 50, description: 'What comes by no email' }),
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
