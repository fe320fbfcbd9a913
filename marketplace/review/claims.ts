import type { Audit } from '../../runtime/audit/audit.ts'
import { type Clock, isoPlus } from '../../runtime/clock.ts'
import type { Handle, Store } from '../../runtime/storage/port.ts'
import { type Identity, identityName } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import { tellAuthor } from '../publishing/author-events.ts'
import { commit, written } from '../publishing/commit.ts'
import { type ReviewDocument, reviewers, reviews } from './review-collections.ts'
import { isReviewer, REVIEW_REASON, refuseReviewer } from './reviewer.ts'
import { isClosed } from './verdicts.ts'

/** How long a reviewer may look before others can take over; claiming again prolongs it. */
export const CLAIM_MS = 30 * 60 * 1000
/** Reviews that one person may hold at a time: what is held, nobody else looks at. */
export const MAX_CLAIMS = 5

interface ClaimsDeps {
  store: Store
  clock: Clock
  audit: Audit
}

/** Takes the review, or prolongs the claim. */
export function claim(deps: ClaimsDeps, identity: Identity, id: string): Promise<Outcome<ReviewDocument>> {
  const { store, clock, audit } = deps
  return commit(store, async (tx) => {
    const handle = tx.asSystem(REVIEW_REASON)
    const review = await handle(reviews).get(id)
    if (!review) return unknownReview()
    const refusal = (await refuseReviewer(handle, identity, review)) ?? refuseClosed(review)
    if (refusal) return refusal
    const now = clock.iso()
    const { claim: held } = review
    const alive = held !== undefined && held.until > now
    if (alive && held.by !== identity.userId)
      return refused('REVIEW_CLAIMED', `held until ${held.until}`, { details: { by: held.by, until: held.until } })
    const tooMany = alive ? undefined : await refuseMore(handle, identity.userId, now)
    if (tooMany) return tooMany
    const until = isoPlus(now, CLAIM_MS)
    const set = { state: 'claimed', claim: { by: identity.userId, until }, claimedBy: identity.userId }
    const claimed = written(await handle(reviews).patch(id, { set }, { rev: review.rev }))
    const entry = { organizationId: 'system', actor: identityName(identity), action: 'review.claim', target: id }
    await audit.within(tx, { ...entry, outcome: 'allowed' })
    if (!alive) {
      const { submissionId, publisher, extension, version } = review
      tellAuthor(tx, 'review.claimed', { reviewId: id, submissionId, publisher, extension, version })
    }
    return { ok: true, value: claimed }
  })
}

export function release(deps: ClaimsDeps, identity: Identity, id: string): Promise<Outcome<ReviewDocument>> {
  return commit(deps.store, async (tx) => {
    const handle = tx.asSystem(REVIEW_REASON)
    const review = isReviewer(identity) ? await handle(reviews).get(id) : undefined
    if (!review) return unknownReview()
    if (review.claim?.by !== identity.userId)
      return refuseClosed(review) ?? refused('REVIEW_NOT_CLAIMED', 'you do not hold this review')
    const patch = { set: { state: 'queued' }, unset: ['claim', 'claimedBy'] }
    const released = written(await handle(reviews).patch(id, patch, { rev: review.rev }))
    const entry = { organizationId: 'system', actor: identityName(identity), action: 'review.release', target: id }
    await deps.audit.within(tx, { ...entry, outcome: 'allowed' })
    return { ok: true, value: released }
  })
}

/** Writes the reviewer's own document: two claims of one person at once collide there. */
async function refuseMore(handle: Handle, userId: string, now: string) {
  const { data } = await handle(reviews).find({ where: { claimedBy: userId } })
  const held = data.filter((review) => review.claim !== undefined && review.claim.until > now)
  if (held.length >= MAX_CLAIMS)
    return refused('REVIEW_CLAIMS', `you hold ${held.length} reviews: decide or release one first`, {
      details: { reviews: held.map(({ _id }) => _id) },
    })
  await handle(reviewers).increment(userId, 'claims')
  return undefined
}

export function refuseClosed(review: ReviewDocument) {
  return isClosed(review) ? refused('REVIEW_CLOSED', `the review is ${review.state}`) : undefined
}

export function unknownReview() {
  return refused('NOT_FOUND', 'there is no such review')
}
