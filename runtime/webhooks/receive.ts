import { isUtf8 } from 'node:buffer'
import { type Clock, isoPlus } from '../clock.ts'
import type { DeclarationSource } from '../installation-declarations.ts'
import type { InstallationSource } from '../installation-source.ts'
import type { JobDraft } from '../jobs/job.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { type Result, refusal, success } from '../result.ts'
import type { InstallationSecrets } from '../secrets/installation-secrets.ts'
import { StorageConflict, type Store } from '../storage/port.ts'
import { signatureHeader, verifySignature, type WebhookScheme } from './verify-signature.ts'
import { type Webhook, webhookDocumentId, webhookSources, webhooks } from './webhook.ts'

export const PARSE_JOB = 'webhooks.parse'

export interface ReceiveDeps {
  store: Store
  clock: Clock
  jobs: Jobs
  installations: InstallationSource
  declarations: DeclarationSource
  secrets: InstallationSecrets
}

/** As it came over the wire. */
export interface IncomingWebhook {
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  body: Uint8Array
}

/** For how long the same webhook is known again, in milliseconds. */
const KEEP_MS = 30 * 24 * 3_600_000

/**
 * Verifies and stores a webhook; once it is answered, its job is in the store. `NOT_FOUND` for an unknown address,
 * `UNAVAILABLE` while the installation is disabled or its secret not set: senders then come again,
 * `AUTHENTICATION_FAILED` when the signature does not hold.
 */
export async function receiveWebhook(
  deps: ReceiveDeps,
  sourceId: string,
  incoming: IncomingWebhook,
): Promise<Result<{ duplicate: boolean }>> {
  const source = await deps.store.asSystem('the address names the organization')(webhookSources).get(sourceId)
  if (!source) return refusal('NOT_FOUND', 'nobody listens here')
  const { organizationId, installationId } = source
  const active = await deps.installations.active(organizationId, installationId)
  const signed = active && (await deps.declarations.of(active)).webhook
  if (!signed) return refusal('UNAVAILABLE', 'nobody listens here now')
  const secret = await deps.secrets.get({ organizationId, installationId, ref: signed.secretRef })
  if (secret === undefined) return refusal('UNAVAILABLE', 'the secret to verify webhooks with is not set yet')
  // The manifest's rule knows no other schemes.
  const scheme = signed.scheme as WebhookScheme
  const how = { scheme, ...(signed.header !== undefined && { header: signed.header }) }
  const verified = verifySignature({ ...how, ...incoming, secret, now: deps.clock.now() })
  if (!verified.ok) return refusal('AUTHENTICATION_FAILED', verified.reason)
  const hidden = signatureHeader(how)
  return keep(deps, { organizationId, installationId, webhookId: verified.id, hidden }, incoming)
}

async function keep(
  { store, clock, jobs }: ReceiveDeps,
  place: { organizationId: string; installationId: string; webhookId: string; hidden: string },
  { headers, body }: IncomingWebhook,
): Promise<Result<{ duplicate: boolean }>> {
  const { organizationId, installationId, webhookId, hidden } = place
  const _id = webhookDocumentId(installationId, webhookId)
  const receivedAt = clock.iso()
  const kept = { body: Buffer.from(body).toString('base64'), ...(!isUtf8(body) && { encoding: 'base64' as const }) }
  const row = { _id, installationId, webhookId, receivedAt, headers: JSON.stringify(shown(headers, hidden)), ...kept }
  try {
    await store.tx(async (tx) => {
      const job = await jobs.enqueue(tx, parseJob(organizationId, installationId, _id))
      const purgeAt = isoPlus(receivedAt, KEEP_MS)
      await tx
        .forOrganization(organizationId)(webhooks)
        .insert({ ...row, state: 'PENDING', jobId: job._id, purgeAt })
    })
    return success({ duplicate: false })
  } catch (error) {
    if (!(error instanceof StorageConflict)) throw error
    // One that could not be read when it came first: a sender that sends it again has it tried anew.
    const again = await retryWebhook({ store, jobs }, organizationId, _id)
    return success({ duplicate: !again.ok })
  }
}

/** Has a dead webhook tried anew: `NOT_FOUND`, or `CONFLICT` unless it is DEAD. */
export function retryWebhook(
  { store, jobs }: Pick<ReceiveDeps, 'store' | 'jobs'>,
  organizationId: string,
  _id: string,
): Promise<Result<Webhook>> {
  return store.tx(async (tx) => {
    const mine = tx.forOrganization(organizationId)(webhooks)
    const dead = await mine.get(_id)
    if (!dead) return refusal('NOT_FOUND', 'there is no such webhook')
    if (dead.state !== 'DEAD') return refusal('CONFLICT', `a webhook that is ${dead.state} is not tried anew`)
    const job = await jobs.enqueue(tx, parseJob(organizationId, dead.installationId, _id))
    const patch = { set: { state: 'PENDING', jobId: job._id }, unset: ['lastError'] }
    const after = await mine.patch(_id, patch, { rev: dead.rev })
    if (!after) throw new Error(`${_id} moved inside a transaction`)
    return success(after)
  })
}

function parseJob(organizationId: string, group: string, webhook: string): JobDraft {
  return { organizationId, type: PARSE_JOB, group, payload: { webhook } }
}

/** What tells of a webhook. Any other header may be a credential or say where it came through: it is not shown. */
const SHOWN = ['content-type', 'content-encoding', 'user-agent', 'date', 'x-request-id', 'idempotency-key']
const SHOWN_OF = ['webhook-', 'svix-', 'ce-', 'x-github-', 'x-shopify-', 'x-webhook-', 'x-event-']

function shown(headers: IncomingWebhook['headers'], signature: string): Record<string, string> {
  const isShown = (name: string) => SHOWN.includes(name) || SHOWN_OF.some((prefix) => name.startsWith(prefix))
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== signature && isShown(name)))
}
