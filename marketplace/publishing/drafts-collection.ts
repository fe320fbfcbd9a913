import { collection, type Stored } from '../../runtime/storage/port.ts'
import type { VersionDocument } from './publishing-collections.ts'

/** What an installation needs to know of what it installs: of a published version and of a draft alike. */
export type ReleaseFacts = Pick<
  VersionDocument,
  'extension' | 'version' | 'digest' | 'card' | 'capabilities' | 'manifestDigest' | 'reportId'
>

/** Unpublished bytes that passed the check, in the organization of their author. Never changed: newer bytes are a new one. */
export interface DraftDocument extends Stored, ReleaseFacts {
  size: number
  /** `user:…`. */
  by: string
  createdAt: string
  /** From then on it may not be installed; what is installed of it goes. */
  expiresAt: string
}

export const drafts = collection<DraftDocument>({
  name: 'drafts',
  scope: 'organization',
  indexes: {
    byExtension: { fields: ['extension', 'createdAt'] },
    byTime: { fields: ['createdAt'] },
    byDigest: { fields: ['digest'], global: true },
    byExpiry: { fields: ['expiresAt'], global: true },
  },
})
