import { createHmac } from 'node:crypto'
import type { Clock } from '../../runtime/clock.ts'
import type { Egress } from '../../runtime/egress/egress.ts'
import type { Job, JobOutcome } from '../../runtime/jobs/job.ts'
import type { JobHandler } from '../../runtime/jobs/job-attempt.ts'
import type { SecretBox } from '../../runtime/secrets/secret-box.ts'
import type { Store, Transaction } from '../../runtime/storage/port.ts'
import { standardKey } from '../../runtime/webhooks/verify-signature.ts'
import { tellAuthor } from '../publishing/author-events.ts'
import { NOTIFICATION_REASON } from './email-job.ts'
import {
  type PublisherWebhookDocument,
  publisherWebhooks,
  type WebhookDeliveryDocument,
  webhookDeliveries,
} from './notification-collections.ts'

export const WEBHOOK_JOB = 'notifications.webhook'
/** Deliveries in a row that are given up before the webhook is switched off. */
export const MAX_FAILURES = 5
const MAX_ATTEMPTS = 6
const TIMEOUT_MS = 15_000

export interface WebhookJobDeps {
  store: Store
  clock: Clock
  egress: Egress
  secretBox: SecretBox
}

/** What a sealed secret belongs to. */
export function webhookContext(publisher: string): string {
  return `publisher-webhook:${publisher}`
}

/** Calls a publisher's own address, through the one way out; at least once for each event. */
export function createWebhookJob(deps: WebhookJobDeps): JobHandler {
  return {
    handle: (job) => deliver(deps, job),
    // In the commit that ends the job: what is given up counts once.
    settled: async (tx, job) => {
      if (job.state !== 'DEAD') return
      const delivery = await tx.asSystem(NOTIFICATION_REASON)(webhookDeliveries).get(deliveryIdOf(job))
      if (delivery?.state === 'pending') await giveUp(deps, tx, delivery)
    },
    maxAttempts: MAX_ATTEMPTS,
  }
}

async function deliver(deps: WebhookJobDeps, job: Job): Promise<JobOutcome> {
  const system = deps.store.asSystem(NOTIFICATION_REASON)
  const delivery = await system(webhookDeliveries).get(deliveryIdOf(job))
  const hook = delivery && (await system(publisherWebhooks).get(delivery.publisher))
  if (delivery?.state !== 'pending') return { done: { sent: false } }
  if (hook?.state !== 'active') return { failed: { code: 'WEBHOOK_GONE', message: 'the webhook is gone or off' } }
  const sent = await send(deps, hook, delivery)
  const attempts = delivery.attempts + 1
  if (!sent.ok) {
    await system(webhookDeliveries).patch(delivery._id, { set: { attempts, outcome: sent.why } })
    return { retry: { error: { code: 'WEBHOOK_NOT_TAKEN', message: sent.why } } }
  }
  const end = { state: 'delivered', attempts, outcome: sent.status, endedAt: deps.clock.iso() }
  await system(webhookDeliveries).patch(delivery._id, { set: end })
  await system(publisherWebhooks).patch(hook._id, { set: { failures: 0 } })
  return { done: { sent: true } }
}

async function send(
  { clock, egress, secretBox }: WebhookJobDeps,
  hook: PublisherWebhookDocument,
  { _id: id, body }: WebhookDeliveryDocument,
): Promise<{ ok: true; status: string } | { ok: false; why: string }> {
  const url = new URL(hook.url)
  const key = standardKey(secretBox.open(hook.secret, webhookContext(hook._id)))
  if (!key) throw new Error(`the secret of the webhook of ${hook._id} is none`)
  const time = String(Math.floor(clock.now() / 1000))
  const signature = createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64')
  const answer = await egress.fetch({
    organizationId: 'system',
    actor: `publisher:${hook._id}`,
    // The host itself: a redirect to another one ends there.
    grants: [{ host: url.hostname, scheme: 'https', port: url.port === '' ? 443 : Number(url.port) }],
    injections: [],
    request: {
      url: hook.url,
      method: 'POST',
      headers: [
        ['content-type', 'application/json'],
        ['webhook-id', id],
        ['webhook-timestamp', time],
        ['webhook-signature', `v1,${signature}`],
      ],
      body: Buffer.from(body),
    },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  if (!answer.ok) return { ok: false, why: answer.error.message.slice(0, 300) }
  const { status } = answer.value
  return status >= 200 && status < 300 ? { ok: true, status: String(status) } : { ok: false, why: `status ${status}` }
}

async function giveUp({ clock }: WebhookJobDeps, tx: Transaction, delivery: WebhookDeliveryDocument): Promise<void> {
  const system = tx.asSystem(NOTIFICATION_REASON)
  const { publisher } = delivery
  await system(webhookDeliveries).patch(delivery._id, { set: { state: 'given_up', endedAt: clock.iso() } })
  const hook = await system(publisherWebhooks).get(publisher)
  if (hook?.state !== 'active') return
  const failures = hook.failures + 1
  const off = failures >= MAX_FAILURES
  const set = { failures, ...(off ? { state: 'disabled' } : {}) }
  await system(publisherWebhooks).patch(publisher, { set })
  if (off) tellAuthor(tx, 'webhook.disabled', { publisher })
}

function deliveryIdOf({ payload }: Job): string {
  const id = typeof payload === 'object' && payload !== null && 'id' in payload ? payload.id : undefined
  if (typeof id !== 'string') throw new Error('the job names no delivery')
  return id
}
