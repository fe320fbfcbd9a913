import { isUtf8 } from 'node:buffer'
import { type Clock, isoPlus } from '../clock.ts'
import type { DeclarationSource } from '../installation-declarations.ts'
import type { InstallationSource } from '../installation-source.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { type Result, refusal, success } from '../result.ts'
import type { InstallationSecrets } from '../secrets/installation-secrets.ts'
import { StorageConflict, type Store } from '../storage/port.ts'
import { signatureHeader, verifySignature, type WebhookScheme } from './verify-signature.ts'
import { webhookDocumentId, webhookSources, webhooks } from './webhook.ts'

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
  const signed = active && (await deps.declarations.of(active.digest)).webhook
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
  const text = isUtf8(body)
    ? { body: Buffer.from(body).toString('utf8') }
    : { body: Buffer.from(body).toString('base64'), encoding: 'base64' as const }
  const row = { _id, installationId, webhookId, receivedAt, headers: JSON.stringify(shown(headers, hidden)), ...text }
  try {
    await store.tx(async (tx) => {
      const payload = { webhook: _id }
      const job = await jobs.enqueue(tx, { organizationId, type: PARSE_JOB, group: installationId, payload })
      const purgeAt = isoPlus(receivedAt, KEEP_MS)
      await tx
        .forOrganization(organizationId)(webhooks)
        .insert({ ...row, state: 'PENDING', jobId: job._id, purgeAt })
    })
    return success({ duplicate: false })
  } catch (error) {
    if (error instanceof StorageConflict) return success({ duplicate: true })
    throw error
  }
}

const CREDENTIALS = ['authorization', 'proxy-authorization', 'cookie', 'x-api-key']

function shown(headers: IncomingWebhook['headers'], signature: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name !== signature && !CREDENTIALS.includes(name)),
  )
}
