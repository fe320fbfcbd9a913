import { createHash } from 'node:crypto'
import { type Collection, collection, type Stored } from '../storage/port.ts'
import { emissionCounts } from './event-calls.ts'
import { fileCollections } from './file-documents.ts'

/** One key of one installation. */
export interface KeyDocument extends Stored {
  installationId: string
  key: string
  /** JSON text: its keys are the guest's and need not be field names that an engine takes. */
  value: string
  /** The revision that the guest sees. Taken from a counter, so that a key made anew never has an old one. */
  revision: number
  /** ISO 8601; far away for what stays. */
  expiresAt: string
}

/** How much an installation keeps. `_id` is the installation. */
export interface KeyUsage extends Stored {
  /** Keys that are stored, expired ones included until they are swept. */
  keys: number
  /** The last revision that was given out. */
  revision: number
}

export const kvKeys = collection<KeyDocument>({
  name: 'kv-keys',
  scope: 'organization',
  indexes: {
    key: { fields: ['installationId', 'key'], unique: true },
    expiry: { fields: ['installationId', 'expiresAt'] },
  },
})

export const kvUsage = collection<KeyUsage>({ name: 'kv-usage', scope: 'organization', indexes: {} })

export const hostApiCollections: readonly Collection<Stored>[] = [kvKeys, kvUsage, emissionCounts, ...fileCollections]

/** The guest chooses the key and nothing else: in whose space it lies is the host's. */
export function kvDocumentId(installationId: string, key: string): string {
  return createHash('sha256')
    .update(JSON.stringify([installationId, key]))
    .digest('hex')
}
