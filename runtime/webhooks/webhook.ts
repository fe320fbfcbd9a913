import { createHash } from 'node:crypto'
import { collection, type Stored } from '../storage/port.ts'

/** Where webhooks of one installation arrive. `_id` is the address, which nobody can guess. */
export interface WebhookSource extends Stored {
  organizationId: string
  installationId: string
  createdAt: string
}

/** A verified webhook, stored before its sender was answered. */
export interface Webhook extends Stored {
  organizationId: string
  installationId: string
  /** The sender's, with the digest of the body beside it unless it is signed itself. */
  webhookId: string
  receivedAt: string
  /** JSON text: the names are the sender's. */
  headers: string
  /** The bytes, always in base64: as text, control characters could take six times their size in the document. */
  body: string
  /** How the extension is shown them; as text if absent. */
  encoding?: 'base64'
  state: 'PENDING' | 'DONE' | 'DEAD'
  jobId: string
  lastError?: { code: string; message: string }
  purgeAt: string
}

export const webhookSources = collection<WebhookSource>({
  name: 'webhook-sources',
  scope: 'organization',
  indexes: { installation: { fields: ['installationId'], unique: true } },
})

export const webhooks = collection<Webhook>({
  name: 'webhooks-in',
  scope: 'organization',
  indexes: {
    installation: { fields: ['installationId', 'receivedAt'] },
    purge: { fields: ['purgeAt'], global: true },
  },
})

export const webhooksCollections = [webhookSources, webhooks]

/** One row for one webhook of one installation: what comes again finds it there. */
export function webhookDocumentId(installationId: string, webhookId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([installationId, webhookId]))
    .digest('hex')
}
