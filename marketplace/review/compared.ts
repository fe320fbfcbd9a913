import type { Store } from '../../runtime/storage/port.ts'
import type { Identity } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import { lastApproved } from '../publishing/last-approved.ts'
import { type VersionDocument, versions } from '../publishing/publishing-collections.ts'
import { unknownReview } from './claims.ts'
import { type ReviewDocument, reviews } from './review-collections.ts'
import { beforeOf } from './review-detail.ts'
import { isReviewer, REVIEW_REASON } from './reviewer.ts'

/** A version under review and the last approved one, if there is one. */
export interface Compared {
  review: ReviewDocument
  before?: VersionDocument
  after: VersionDocument
}

/** What a reviewer wants compared. */
export async function comparedVersions(store: Store, identity: Identity, id: string): Promise<Outcome<Compared>> {
  const handle = store.asSystem(REVIEW_REASON)
  const review = isReviewer(identity) ? await handle(reviews).get(id) : undefined
  if (!review) return unknownReview()
  const versionId = `${review.extension}@${review.version}`
  const after = await handle(versions).get(versionId)
  if (!after) throw new Error(`the review ${id} has no version`)
  const before = await lastApproved(handle, review.extension, beforeOf(versionId, review.decidedAt))
  return { ok: true, value: { review, ...(before && { before }), after } }
}

/** `NOT_FOUND` when the package was withdrawn and its bytes are deleted. */
export async function bytesOf(store: Store, { digest }: VersionDocument): Promise<Outcome<Uint8Array>> {
  const bytes = await store.blobs.get(digest)
  return bytes ? { ok: true, value: bytes } : refused('NOT_FOUND', 'the bytes of a package are deleted')
}
