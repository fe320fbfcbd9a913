import { type Collection, collection, type Stored } from '../storage/port.ts'

export const FILE_LIMITS = {
  /** Of one installation. */
  files: 100,
  bytes: 256 * 1024 * 1024,
  keepMs: 24 * 3_600_000,
  /** For one that is still coming: longer than a transfer may take. */
  receivingMs: 10 * 60_000,
}

/** A file that an installation fetched, or is fetching. */
export interface FileDocument extends Stored {
  installationId: string
  /** Where its bytes are, once they have all come. */
  blob?: string
  size: number
  /** The media type that the upstream said. */
  type: string
  /** SHA-256 (hex) of the bytes. */
  digest: string
  /** ISO 8601. */
  expiresAt: string
  /** Its bytes are being deleted: nothing comes to it any more. */
  leaving?: boolean
}

/** How much an installation keeps, expired files included until they are swept. `_id` is the installation. */
export interface FileUsage extends Stored {
  files: number
  bytes: number
}

export const files = collection<FileDocument>({
  name: 'files',
  scope: 'organization',
  indexes: {
    installation: { fields: ['installationId', 'expiresAt'] },
    expiry: { fields: ['expiresAt'], global: true },
  },
})

export const fileUsage = collection<FileUsage>({ name: 'file-usage', scope: 'organization', indexes: {} })

export const fileCollections: readonly Collection<Stored>[] = [files, fileUsage]
