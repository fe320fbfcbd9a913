import type { Handle } from '../../runtime/storage/port.ts'
import type { Identity } from '../accounts/identity.ts'
import { refused } from '../errors.ts'
import { roleIn } from '../publishing/publishers.ts'
import {
  publisherInvitations,
  publisherMembers,
  publishers,
  type SubmissionDocument,
  submissions,
} from '../publishing/publishing-collections.ts'
import type { ReviewDocument } from './review-collections.ts'

export const REVIEW_REASON = 'reviews belong to the platform, not to an organization'

/** Reviewing is for persons: a key never carries a platform role. */
export function isReviewer(identity: Identity): boolean {
  return identity.kind === 'user' && identity.platformRoles.includes('reviewer')
}

/** Why this person may not touch the review, read in the caller's transaction: memberships change. */
export async function refuseReviewer(handle: Handle, identity: Identity, review: ReviewDocument) {
  if (!isReviewer(identity)) return refused('NOT_FOUND', 'there is no such review')
  const { publisher } = review
  const own = await roleIn(handle, identity.userId, publisher)
  if (own) return refused('OWN_SUBMISSION', `you are ${own} of "${publisher}": somebody else reviews it`)
  const submission = await submissionOf(handle, review)
  if (submission.uploadedBy === identity.userId)
    return refused('OWN_SUBMISSION', 'you uploaded this package: somebody else reviews it')
  if (!(await isNear(handle, identity, publisher))) return undefined
  return refused('OWN_SUBMISSION', `you founded "${publisher}", brought in a member of it or are invited to it`)
}

/** Whoever has a hand in who belongs to a publisher is no stranger to it. */
async function isNear(handle: Handle, { userId, email }: Identity, publisher: string): Promise<boolean> {
  const [founded, members, invitations] = await Promise.all([
    handle(publishers).get(publisher),
    handle(publisherMembers).find({ where: { publisher }, limit: 1000 }),
    handle(publisherInvitations).find({ where: { publisher }, limit: 1000 }),
  ])
  if (founded?.createdBy === userId || members.data.some(({ addedBy }) => addedBy === userId)) return true
  return invitations.data.some((one) => one.userId === userId || one.email === email || one.invitedBy === userId)
}

export async function submissionOf(handle: Handle, review: ReviewDocument): Promise<SubmissionDocument> {
  const submission = await handle(submissions).get(review.submissionId)
  if (!submission) throw new Error(`the review ${review._id} has no submission`)
  return submission
}
