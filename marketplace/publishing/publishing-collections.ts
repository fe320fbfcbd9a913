import type { Finding } from '@annex/package/finding'
import type { Capabilities } from '@annex/sdk/manifest/capabilities'
import { collection, type Stored } from '../../runtime/storage/port.ts'
import type { SubmissionState } from './submission-state.ts'

/** `_id` is the slug. */
export interface PublisherDocument extends Stored {
  displayName: string
  state: 'active' | 'suspended'
  createdBy: string
  createdAt: string
  /** Raised with each change of the members, so that two changes at once meet in one document. */
  memberChanges: number
}

export type PublisherRole = 'owner' | 'maintainer'

/** `_id` is `<slug>:<user>`. */
export interface PublisherMemberDocument extends Stored {
  publisher: string
  userId: string
  role: PublisherRole
  addedBy: string
  addedAt: string
}

/** `_id` is a folded name: `publisher:…` or `extension:<slug>/…`; two names that look alike cannot both be claimed. */
export interface NameClaimDocument extends Stored {
  name: string
}

/** One upload of a package, from the bytes to the verdict. Never deleted; the bytes are, when it came to nothing. */
export interface SubmissionDocument extends Stored {
  state: SubmissionState
  /** SHA-256 (hex) of the package, and the key of its blob. */
  digest: string
  /** Bytes of the package. */
  size: number
  uploadedBy: string
  /** `user:…` or `key:…`, for audit rows. */
  actor: string
  /** Slugs that the key may publish for; absent when a person uploaded. */
  keyPublishers?: string[]
  /** `<user>:<digest>` while the submission lives: the same upload again finds it. */
  uploadKey?: string
  /** Known once the package was read. */
  publisher?: string
  /** `@publisher/name`. */
  extension?: string
  version?: string
  findings: Finding[]
  /** See `Reports`; once the check has run. */
  reportId?: string
  /** The upload's instant, as long as this submission has a claim on its bytes. */
  bytesSince?: string
  jobId: string
  reviewId?: string
  /** The reviewer's reasons, once there is a verdict. */
  reasons?: string[]
  createdAt: string
  updatedAt: string
}

/** What the catalog shows of an extension; `_id` is `@publisher/name`. */
export interface ExtensionDocument extends Stored {
  publisher: string
  name: string
  /** A projection of its versions: never read to decide what may run. */
  status: 'listed' | 'deprecated' | 'suspended' | 'removed'
  tags: { latest?: string }
  createdAt: string
  updatedAt: string
}

export type VersionState =
  | 'in_review'
  | 'withdrawn'
  | 'changes_requested'
  | 'rejected'
  | 'published'
  | 'deprecated'
  | 'yanked'
  | 'removed'

/** What lists show of a version: taken from its manifest. */
export type VersionCard = {
  displayName: string
  description: string
  category: string
  kind: 'connector' | 'transformation'
  integrationType?: string
  keywords: string[]
  /** The range of platform versions that it runs on. */
  platform: string
  pricing: string
  license?: string
  homepage?: string
  repository?: string
}

/** `_id` is `@publisher/name@1.2.3`. Never deleted: it is its own tombstone, and the number stays used. */
export interface VersionDocument extends Stored {
  extension: string
  publisher: string
  version: string
  /** See `versionKey`. */
  sortKey: string
  digest: string
  size: number
  card: VersionCard
  /** What it asks for, in one form. */
  capabilities: Capabilities
  /** SHA-256 (hex) of what a consent covers. */
  manifestDigest: string
  /** See `Reports`: manifest, description, texts, files. */
  reportId: string
  state: VersionState
  submissionId: string
  createdAt: string
  publishedAt?: string
  /** Raised by each installation, so that one and a removal at the same time meet in one document. */
  installs?: number
}

export const publishers = collection<PublisherDocument>({
  name: 'publishers',
  scope: 'system',
  indexes: { byCreation: { fields: ['createdAt'] }, byCreator: { fields: ['createdBy'] } },
})

export const publisherMembers = collection<PublisherMemberDocument>({
  name: 'publisherMembers',
  scope: 'system',
  indexes: { byPublisher: { fields: ['publisher', 'role'] }, byUser: { fields: ['userId'] } },
})

export const nameClaims = collection<NameClaimDocument>({ name: 'nameClaims', scope: 'system', indexes: {} })

export const submissions = collection<SubmissionDocument>({
  name: 'submissions',
  scope: 'system',
  indexes: {
    byUpload: { fields: ['uploadKey'], unique: true },
    byUploader: { fields: ['uploadedBy', 'createdAt'] },
    byUploaderState: { fields: ['uploadedBy', 'state'] },
    byPublisher: { fields: ['publisher', 'createdAt'] },
    byDigest: { fields: ['digest'] },
    byBytes: { fields: ['state', 'bytesSince'] },
  },
})

export const extensions = collection<ExtensionDocument>({
  name: 'extensions',
  scope: 'system',
  indexes: { byStatus: { fields: ['status'] }, byPublisher: { fields: ['publisher'] } },
})

export const versions = collection<VersionDocument>({
  name: 'versions',
  scope: 'system',
  indexes: { byExtension: { fields: ['extension', 'sortKey'] }, byDigest: { fields: ['digest'] } },
})

export const publishingCollections = [publishers, publisherMembers, nameClaims, submissions, extensions, versions]
