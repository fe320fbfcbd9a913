import { type Collection, collection, type Stored } from '../storage/port.ts'

/** Where a record's bytes are, and what is shown of them. */
export type StoredContent = {
  /** Of the row that keeps them. */
  id: string
  blob: string
  size: number
  type: string
  /** SHA-256 (hex). */
  digest: string
}

/** Keeps a record's bytes, or bytes on their way to one. */
export interface ContentDocument extends Stored {
  blob?: string
  size: number
  /** ISO 8601; while a record has it, absent. */
  expiresAt?: string
  /** Its bytes are being deleted: no record may have it any more. */
  leaving?: boolean
}

/** How much an organization keeps. `_id` is the organization. */
export interface ContentUsage extends Stored {
  contents: number
  bytes: number
}

export const contents = collection<ContentDocument>({
  name: 'platform-contents',
  scope: 'organization',
  indexes: { expiry: { fields: ['expiresAt'], global: true }, own: { fields: ['expiresAt'] } },
})

export const contentUsage = collection<ContentUsage>({
  name: 'platform-content-usage',
  scope: 'organization',
  indexes: {},
})

export const contentCollections: readonly Collection<Stored>[] = [contents, contentUsage]
