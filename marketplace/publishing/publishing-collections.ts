import type { Execution } from '@annex/package/execution'
import type { Finding } from '@annex/package/finding'
import type { JsonObject } from '@annex/sdk/json'
import type { Capabilities } from '@annex/sdk/manifest/capabilities'
import { collection, type Stored } from '../../runtime/storage/port.ts'
import { type DomainMethod, domainCollections } from './domain-collections.ts'
import { extensionFigures } from './extension-figures.ts'
import { ruleDataCollection } from './rule-data.ts'
import type { SubmissionState } from './submission-state.ts'
import { versionTexts } from './version-texts.ts'

/** `_id` is the slug. */
export interface PublisherDocument extends Stored {
  displayName: string
  state: 'active' | 'suspended'
  createdBy: string
  createdAt: string
  /** Raised with each change of members, invitations or domain, so that two changes at once meet in one document. */
  changes: number
  /** The domain that stands for it; the proof is a `DomainProofDocument`. */
  verified?: { domain: string; method: DomainMethod; at: string }
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

/** There while it is open: accepted, declined and withdrawn ones are deleted, so that no token works twice. */
export interface PublisherInvitationDocument extends Stored {
  publisher: string
  /** Whose it is: one of the two. */
  email?: string
  userId?: string
  role: PublisherRole
  tokenHash: string
  /** A user's id. */
  invitedBy: string
  createdAt: string
  expiresAt: string
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
  /** Who is to see the extension, if this is its first version. */
  visibility?: Visibility
  /** Known once the package was read. */
  publisher?: string
  /** `@publisher/name`. */
  extension?: string
  version?: string
  /** The channel that it is to go to when it is published; absent: the one that its version implies. */
  channel?: string
  findings: Finding[]
  /** How the rules went that need what only the marketplace knows. */
  outside?: Execution[]
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

/** `unlisted` is in no list and found by its name; `organization` is for these organizations only. */
export type Visibility = { kind: 'public' } | { kind: 'unlisted' } | { kind: 'organization'; organizations: string[] }

/** What the catalog shows of an extension; `_id` is `@publisher/name`. */
export interface ExtensionDocument extends Stored {
  publisher: string
  name: string
  /** A projection of its versions: never read to decide what may run. */
  status: 'listed' | 'deprecated' | 'suspended' | 'removed'
  /** Channels and the version that each names; `latest` is what an installation without a wish gets. */
  tags: Record<string, string>
  /** Who sees it; absent: everybody. */
  visibility?: Visibility
  /** Who is to see it once a review has passed. */
  wantedVisibility?: Visibility
  /** All ratings that there are, and their stars together. */
  ratings?: { count: number; stars: number }
  /** By a moderator. What is installed goes on; nobody sees or installs it. */
  suspended?: { by: string; reason: string; at: string }
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

export type PricingTerms = {
  /** In the smallest unit of the currency (ISO 4217). */
  price?: number
  currency?: string
  /** Days. */
  trialPeriod?: number
  /** What is free of it, by name. */
  freeTier?: Record<string, number>
}

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
  /** What it costs, as far as there is anything to say. */
  terms?: PricingTerms
  license?: string
  homepage?: string
  repository?: string
  /** The author's French, where there is any. */
  french?: { displayName?: string; description?: string }
}

/** A published version held against newer rules or data. */
export type Recheck = {
  /** Names the rules and the data. */
  against: string
  at: string
  /** No error, and nothing that broke. */
  ok: boolean
  /** Errors and what wants a review; the most telling first. */
  findings: (Finding & JsonObject)[]
  /** Why there is no verdict. */
  problem?: string
}

/** A reviewer's word that a finding is as it should be. */
export type GivenWaiver = {
  rule: string
  file?: string
  /** The finding's: another message is another finding. */
  message: string
  /** SHA-256 (hex) of the file, or of what a consent covers where the finding is about no file. */
  sha256: string
  reason: string
  /** `user:…` or `system:…`. */
  by: string
  at: string
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
  /** Why nobody should begin with it, and what to take in its place. */
  deprecated?: { message: string; replacement?: string; by: string; at: string }
  /** It resolves no more; who has it locked goes on with it. */
  yanked?: { reason: string; by: string; at: string }
  removed?: { reason: string; by: string; at: string }
  /** It passed validation and nobody looked at it: for the publisher's own organizations only. */
  unreviewed?: true
  submissionId: string
  createdAt: string
  publishedAt?: string
  /** Findings that a reviewer waived; they hold for a later version where finding and file are the same. */
  waivers?: GivenWaiver[]
  /** The rules and data that it was last held against, after its publication. */
  checkedAgainst?: string
  /** What came of that. It tells, and changes nothing. */
  recheck?: Recheck
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

export const publisherInvitations = collection<PublisherInvitationDocument>({
  name: 'publisherInvitations',
  scope: 'system',
  indexes: {
    byToken: { fields: ['tokenHash'], unique: true },
    byPublisher: { fields: ['publisher', 'expiresAt'] },
    byExpiry: { fields: ['expiresAt'] },
  },
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
  indexes: {
    byExtension: { fields: ['extension', 'sortKey'] },
    // Without it an engine may look for versions of one extension among all that are in a state.
    byState: { fields: ['extension', 'state', 'sortKey'] },
    byDigest: { fields: ['digest'] },
    byCheck: { fields: ['state', 'checkedAgainst'] },
  },
})

export const publishingCollections = [
  publishers,
  publisherMembers,
  publisherInvitations,
  ...domainCollections,
  nameClaims,
  submissions,
  extensions,
  versions,
  versionTexts,
  extensionFigures,
  ruleDataCollection,
]
