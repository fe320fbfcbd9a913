import { collection, type Stored } from '../../runtime/storage/port.ts'
import type { GivenWaiver } from '../publishing/publishing-collections.ts'
import type { Flags } from './flags.ts'
import type { Risk, RiskBand } from './risk.ts'

export type Verdict = 'approve' | 'changes_requested' | 'reject'

export interface ReviewClaim {
  /** A user's id. */
  by: string
  /** ISO 8601; after it, anybody may claim. */
  until: string
}

/** One look of a person at one package. The verdict is final. */
export interface ReviewDocument extends Stored {
  state: 'queued' | 'claimed' | 'done' | 'called_off'
  submissionId: string
  publisher: string
  /** `@publisher/name`. */
  extension: string
  version: string
  /** SHA-256 (hex) of the package under review. */
  digest: string
  claim?: ReviewClaim
  verdict?: Verdict
  reasons?: string[]
  /** `user:…` or `system:…`. */
  decidedBy?: string
  decidedAt?: string
  queuedAt: string
  /** Bytes of code that the last approved version has not. */
  changedCode: number
  risk: Risk
  /** Of `risk`, for the queue. */
  band: RiskBand
  /** See `turnOf`. */
  turn: string
  flags: Flags
  /** Whether the publisher waits for an answer. */
  attention: boolean
  /** The holder of the claim: the user's id. */
  claimedBy?: string
  /** With the verdict. */
  waivers?: GivenWaiver[]
  /** What stood against an automatic approval when it was last tried. */
  automatic?: { at: string; refusals: string[] }
}

/** What is known of an extension from its reviews; `_id` is `@publisher/name`. */
export interface StandingDocument extends Stored {
  /** Verdicts of persons. */
  approvals: number
  rejections: number
  /** When a person first approved a version. */
  firstApprovedAt?: string
  openReports: number
  flags: Flags
}

/** `_id` is a user's id. Written with each claim, so that two at once meet in one document. */
export interface ReviewerDocument extends Stored {
  claims: number
}

/** Appended, never changed. */
export interface ReviewMessageDocument extends Stored {
  reviewId: string
  author: string
  side: 'reviewer' | 'publisher'
  text: string
  at: string
}

export const reviews = collection<ReviewDocument>({
  name: 'reviews',
  scope: 'system',
  indexes: {
    queue: { fields: ['state', 'turn'] },
    byExtension: { fields: ['extension', 'state'] },
    byAttention: { fields: ['attention', 'turn'] },
    byHolder: { fields: ['claimedBy'] },
    byDecision: { fields: ['state', 'decidedAt'] },
    bySubmission: { fields: ['submissionId'], unique: true },
  },
})

export const reviewMessages = collection<ReviewMessageDocument>({
  name: 'reviewMessages',
  scope: 'system',
  indexes: { byReview: { fields: ['reviewId', 'at'] } },
})

export const standings = collection<StandingDocument>({ name: 'reviewStandings', scope: 'system', indexes: {} })

export const reviewers = collection<ReviewerDocument>({ name: 'reviewers', scope: 'system', indexes: {} })

/** How two packages run on the same fixtures; `_id` is `<digest>:<digest>`, the earlier one first. */
export interface BehaviourDocument extends Stored {
  blob: string
}

export const behaviours = collection<BehaviourDocument>({ name: 'reviewBehaviours', scope: 'system', indexes: {} })

export const reviewCollections = [reviews, reviewMessages, standings, reviewers, behaviours]
