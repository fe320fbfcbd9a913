import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { SecretBox } from '../../runtime/secrets/secret-box.ts'
import type { Handle, Page, Store } from '../../runtime/storage/port.ts'
import { type Identity, identityName } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import type { AuthorEvent } from '../publishing/author-events.ts'
import { commit } from '../publishing/commit.ts'
import { roleIn } from '../publishing/publishers.ts'
import { NOTIFICATION_REASON } from './email-job.ts'
import {
  type PublisherWebhookDocument,
  publisherWebhooks,
  type WebhookDeliveryDocument,
  webhookDeliveries,
} from './notification-collections.ts'
import { webhookContext } from './webhook-job.ts'

export type PublisherWebhook = Pick<PublisherWebhookDocument, 'url' | 'events' | 'state' | 'failures' | 'createdAt'>
export type WebhookDelivery = Pick<
  WebhookDeliveryDocument,
  'event' | 'state' | 'attempts' | 'outcome' | 'createdAt' | 'endedAt'
> & { id: string }

/** The address that a publisher is called at; for its owners. */
export interface PublisherWebhooks {
  /** Each time with a new secret, which is shown here and never again. */
  set(
    identity: Identity,
    slug: string,
    wish: { url: string; events: AuthorEvent[] },
  ): Promise<Outcome<PublisherWebhook & { secret: string }>>
  get(identity: Identity, slug: string): Promise<Outcome<PublisherWebhook>>
  remove(identity: Identity, slug: string): Promise<Outcome<undefined>>
  /** Newest first. */
  deliveries(
    identity: Identity,
    slug: string,
    page: { limit?: number; cursor?: string },
  ): Promise<Outcome<Page<WebhookDelivery>>>
}

export interface PublisherWebhooksDeps {
  store: Store
  clock: Clock
  audit: Audit
  secretBox: SecretBox
}

const SECRET_BYTES = 32

export function createPublisherWebhooks(deps: PublisherWebhooksDeps): PublisherWebhooks {
  const { store } = deps
  const system = store.asSystem(NOTIFICATION_REASON)
  return {
    set: (identity, slug, wish) => set(deps, identity, slug, wish),
    async get(identity, slug) {
      const refusal = await refuseUnlessOwner(system, identity, slug)
      if (refusal) return refusal
      const hook = await system(publisherWebhooks).get(slug)
      return hook ? { ok: true, value: publicHook(hook) } : refused('NOT_FOUND', 'this publisher has no webhook')
    },
    remove: (identity, slug) => remove(deps, identity, slug),
    async deliveries(identity, slug, page) {
      const refusal = await refuseUnlessOwner(system, identity, slug)
      if (refusal) return refusal
      const sort = [['createdAt', 'desc'] as const, ['sequence', 'desc'] as const]
      const query = { where: { publisher: slug }, sort, ...page }
      const found = await system(webhookDeliveries).find(query)
      return { ok: true, value: { ...found, data: found.data.map(publicDelivery) } }
    },
  }
}

async function set(
  { store, clock, audit, secretBox }: PublisherWebhooksDeps,
  identity: Identity,
  slug: string,
  { url, events }: { url: string; events: AuthorEvent[] },
): ReturnType<PublisherWebhooks['set']> {
  const fault = urlFault(url)
  if (fault !== undefined) return refused('INVALID_ARGUMENT', fault)
  const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`
  const sealed = { ...secretBox.seal(secret, webhookContext(slug)) }
  return commit(store, async (tx) => {
    const system = tx.asSystem(NOTIFICATION_REASON)
    const refusal = await refuseUnlessOwner(system, identity, slug)
    if (refusal) return refusal
    const draft = {
      _id: slug,
      url,
      events: [...new Set(events)],
      secret: sealed,
      state: 'active' as const,
      failures: 0,
    }
    const hook = await system(publisherWebhooks).put({ ...draft, createdAt: clock.iso() })
    const entry = { organizationId: 'system', actor: identityName(identity), action: 'publisher.webhook', target: slug }
    await audit.within(tx, { ...entry, outcome: 'allowed', details: { host: new URL(url).host } })
    return { ok: true, value: { ...publicHook(hook), secret } }
  })
}

function remove(
  { store, audit }: PublisherWebhooksDeps,
  identity: Identity,
  slug: string,
): Promise<Outcome<undefined>> {
  return commit(store, async (tx) => {
    const system = tx.asSystem(NOTIFICATION_REASON)
    const refusal = await refuseUnlessOwner(system, identity, slug)
    if (refusal) return refusal
    if (!(await system(publisherWebhooks).delete(slug))) return refused('NOT_FOUND', 'this publisher has no webhook')
    const entry = { organizationId: 'system', actor: identityName(identity), target: slug }
    await audit.within(tx, { ...entry, action: 'publisher.webhook_remove', outcome: 'allowed' })
    return { ok: true, value: undefined }
  })
}

/** The way out refuses private addresses at each call; here is told what never works. */
function urlFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:') return 'a webhook is called at an https address'
  if (url.username !== '' || url.password !== '' || url.hash !== '') return 'the address has no user and no fragment'
  return isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0 ? undefined : 'the address names a host, not a number'
}

async function refuseUnlessOwner(handle: Handle, { userId }: Identity, slug: string) {
  const role = await roleIn(handle, userId, slug)
  if (role === undefined) return refused('PUBLISHER_UNKNOWN', `there is no publisher "${slug}"`)
  return role === 'owner' ? undefined : refused('PUBLISHER_FORBIDDEN', 'this is for owners of the publisher')
}

function publicHook({ url, events, state, failures, createdAt }: PublisherWebhookDocument): PublisherWebhook {
  return { url, events, state, failures, createdAt }
}

function publicDelivery(document: WebhookDeliveryDocument): WebhookDelivery {
  const { _id: id, event, state, attempts, outcome, createdAt, endedAt } = document
  return {
    ...{ id, event, state, attempts, createdAt },
    ...(outcome === undefined ? {} : { outcome }),
    ...(endedAt === undefined ? {} : { endedAt }),
  }
}
