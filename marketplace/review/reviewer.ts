import type { Handle } from '../../runtime/storage/port.ts'
import type { Identity } from '../accounts/identity.ts'
import { refused } from '../errors.ts'
import { roleIn } from '../publishing/publishers.ts'
import { type SubmissionDocument, submissions } from '../publishing/publishing-collections.ts'
import type { ReviewDocument } from './review-collections.ts'

export const REVIEW_REASON = 'reviews belong to the platform, not to an organization'

/** Reviewing is for persons: a key never carries a platform role. */
export function isReviewer(identity: Identity): boolean {
  return identity.kind === 'user' && identity.platformRoles.includes('reviewer')
}

/** Why this person may not touch the review, read in the caller's transaction: memberships change. */
export async function refuseReviewer(handle: Handle, identity: Identity, review: ReviewDocument) {
  if (!isReviewer(identity)) return refused('NOT_FOUND', 'there is no such review')
  const own = await roleIn(handle, identity.userId, review.publisher)
  if (own) return refused('OWN_SUBMISSION', `you are ${own} of "${review.publisher}": somebody else reviews it`)
  const submission = await submissionOf(handle, review)
  if (submission.uploadedBy !== identity.userId) return undefined
  return refused('OWN_SUBMISSION', 'you uploaded this package: somebody else reviews it')
}

async function submissionOf(handle: Handle, review: ReviewDocument): Promise<SubmissionDocument> {
  const submission = await handle(submissions).get(review.submissionId)
  if (!submission) throw new Error(`the review ${review._id} has no submission`)
  return submission
}
