import type { Clock } from '../../runtime/clock.ts'
import type { Ids } from '../../runtime/ids.ts'
import type { Handle, Page, Store } from '../../runtime/storage/port.ts'
import { type Identity, identityName } from '../accounts/identity.ts'
import type { Outcome } from '../errors.ts'
import { tellAuthor } from '../publishing/author-events.ts'
import { commit, written } from '../publishing/commit.ts'
import { roleIn } from '../publishing/publishers.ts'
import { unknownReview } from './claims.ts'
import { type FlagEvent, flagsAfter } from './flags.ts'
import { type ReviewDocument, reviewMessages, reviews } from './review-collections.ts'
import { messageView, type ReviewMessage } from './review-view.ts'
import { isReviewer, REVIEW_REASON } from './reviewer.ts'

interface MessagesDeps {
  store: Store
  clock: Clock
  ids: Ids
}

/** A page of a conversation, oldest first. */
export interface Conversation extends Page<ReviewMessage> {
  /** Since when the other side's words wait to be read, ISO 8601; absent: nothing is unread. */
  unreadSince?: string
}

export async function messages(
  { store }: MessagesDeps,
  identity: Identity,
  id: string,
  page: { limit?: number; cursor?: string },
): Promise<Outcome<Conversation>> {
  const handle = store.asSystem(REVIEW_REASON)
  const review = await handle(reviews).get(id)
  const side = review && (await sideOf(handle, identity, review))
  if (!side) return unknownReview()
  const found = await handle(reviewMessages).find({ where: { reviewId: id }, sort: [['at', 'asc']], ...page })
  const unreadSince = review.flags[side === 'publisher' ? 'reviewer_wrote' : 'author_replied']
  const unread = unreadSince === undefined ? {} : { unreadSince }
  return { ok: true, value: { ...found, data: found.data.map(messageView), ...unread } }
}

/** Also after the verdict: that is how an author appeals. */
export function post(
  { store, clock, ids }: MessagesDeps,
  identity: Identity,
  id: string,
  text: string,
): Promise<Outcome<ReviewMessage>> {
  const _id = ids('msg')
  return commit(store, async (tx) => {
    const handle = tx.asSystem(REVIEW_REASON)
    const review = await handle(reviews).get(id)
    const side = review && (await sideOf(handle, identity, review))
    if (!side) return unknownReview()
    const at = clock.iso()
    await flag(handle, review, side === 'publisher' ? 'publisher.message' : 'reviewer.message', at)
    if (side === 'reviewer') {
      const { submissionId, publisher, extension, version } = review
      const facts = { reviewId: id, submissionId, publisher, extension, version, by: identityName(identity) }
      tellAuthor(tx, 'review.message', { ...facts, texts: [text] })
    }
    const message = { _id, reviewId: id, author: identity.userId, side, text, at }
    return { ok: true, value: messageView(await handle(reviewMessages).insert(message)) }
  })
}

/** Nothing is unread any more on the reader's side. */
export function markRead({ store, clock }: MessagesDeps, identity: Identity, id: string): Promise<Outcome<undefined>> {
  return commit(store, async (tx) => {
    const handle = tx.asSystem(REVIEW_REASON)
    const review = await handle(reviews).get(id)
    const side = review && (await sideOf(handle, identity, review))
    if (!side) return unknownReview()
    await flag(handle, review, side === 'publisher' ? 'publisher.read' : 'reviewer.read', clock.iso())
    return { ok: true, value: undefined }
  })
}

async function flag(handle: Handle, review: ReviewDocument, event: FlagEvent, at: string): Promise<void> {
  const flags = flagsAfter(review.flags, event, 'review', at)
  if (JSON.stringify(flags) === JSON.stringify(review.flags)) return
  const set = { flags, attention: flags.author_replied !== undefined }
  written(await handle(reviews).patch(review._id, { set }, { rev: review.rev }))
}

/** The publisher's members are the other side, whatever else they are. */
async function sideOf(handle: Handle, identity: Identity, review: ReviewDocument) {
  if (identity.kind !== 'user') return undefined
  if (await roleIn(handle, identity.userId, review.publisher)) return 'publisher' as const
  return isReviewer(identity) ? ('reviewer' as const) : undefined
}
