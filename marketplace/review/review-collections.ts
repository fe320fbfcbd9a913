import { collection, type Stored } from '../../runtime/storage/port.ts'

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
    queue: { fields: ['state', 'queuedAt'] },
    bySubmission: { fields: ['submissionId'], unique: true },
  },
})

export const reviewMessages = collection<ReviewMessageDocument>({
  name: 'reviewMessages',
  scope: 'system',
  indexes: { byReview: { fields: ['reviewId', 'at'] } },
})

export const reviewCollections = [reviews, reviewMessages]
