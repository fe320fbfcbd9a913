import { isoPlus } from '../../runtime/clock.ts'
import type { Ids } from '../../runtime/ids.ts'
import type { Page } from '../../runtime/storage/port.ts'
import type { Identity } from '../accounts/identity.ts'
import { identityName } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import { commit, written } from '../publishing/commit.ts'
import { roleIn } from '../publishing/publishers.ts'
import { extensions, versions } from '../publishing/publishing-collections.ts'
import type { Reports } from '../publishing/reports.ts'
import type { ReviewDesk } from '../publishing/review-desk.ts'
import { type ReviewDocument, reviewMessages, reviews } from './review-collections.ts'
import { messageView, type Review, type ReviewDetail, type ReviewMessage, reviewView } from './review-view.ts'
import { isReviewer, REVIEW_REASON, refuseReviewer } from './reviewer.ts'
import { decideAsSystem, decideReview, type VerdictDeps, type VerdictRequest } from './verdicts.ts'

/** How long a reviewer may look before others can take over; claiming again prolongs it. */
export const CLAIM_MS = 30 * 60 * 1000

export interface Reviews extends ReviewDesk {
  /** What waits, longest first, without what the reviewer may not judge. */
  queue(identity: Identity, page: { limit?: number; cursor?: string }): Promise<Outcome<Page<Review>>>
  get(identity: Identity, id: string): Promise<Outcome<ReviewDetail>>
  /** `REVIEW_CLAIMED` names the holder and the end of the lease. */
  claim(identity: Identity, id: string): Promise<Outcome<Review>>
  release(identity: Identity, id: string): Promise<Outcome<Review>>
  decide(identity: Identity, id: string, request: VerdictRequest): Promise<Outcome<Review>>
  /** Approves in the platform's own name; `reason` names it in the audit trail (`seed`). */
  decideAsSystem(submissionId: string, decision: { reason: string; text: string }): Promise<Outcome<Review>>
  /** Between the reviewer and the publisher's members, oldest first. */
  messages(
    identity: Identity,
    id: string,
    page: { limit?: number; cursor?: string },
  ): Promise<Outcome<Page<ReviewMessage>>>
  post(identity: Identity, id: string, text: string): Promise<Outcome<ReviewMessage>>
  /** The bytes under review. */
  packageBytes(identity: Identity, id: string): Promise<Outcome<{ digest: string; bytes: Uint8Array }>>
}

export interface ReviewsDeps extends VerdictDeps {
  ids: Ids
  reports: Reports
}

export function createReviews(deps: ReviewsDeps): Reviews {
  const { clock } = deps
  const view = (outcome: Outcome<ReviewDocument>): Outcome<Review> =>
    outcome.ok ? { ok: true, value: reviewView(outcome.value, clock.iso()) } : outcome
  return {
    open: async (tx, reviewCase) => {
      const draft = { _id: deps.ids('rev'), state: 'queued', ...reviewCase, queuedAt: clock.iso() } as const
      return (await tx.asSystem(REVIEW_REASON)(reviews).insert(draft))._id
    },
    callOff: async (tx, id) => {
      const handle = tx.asSystem(REVIEW_REASON)
      const review = await handle(reviews).get(id)
      if (!review || review.state === 'done') return
      const patch = { set: { state: 'called_off' }, unset: ['claim'] }
      written(await handle(reviews).patch(id, patch, { rev: review.rev }))
    },
    queue: (identity, page) => queue(deps, identity, page),
    get: (identity, id) => detail(deps, identity, id),
    claim: async (identity, id) => view(await claim(deps, identity, id)),
    release: async (identity, id) => view(await release(deps, identity, id)),
    decide: async (identity, id, request) => view(await decideReview(deps, identity, id, request)),
    decideAsSystem: async (submissionId, decision) => view(await decideAsSystem(deps, submissionId, decision)),
    messages: (identity, id, page) => messages(deps, identity, id, page),
    post: (identity, id, text) => post(deps, identity, id, text),
    packageBytes: (identity, id) => packageBytes(deps, identity, id),
  }
}

async function queue(
  { store, clock }: ReviewsDeps,
  identity: Identity,
  page: { limit?: number; cursor?: string },
): Promise<Outcome<Page<Review>>> {
  if (!isReviewer(identity)) return refused('PERMISSION_DENIED', 'the queue is for reviewers')
  const handle = store.asSystem(REVIEW_REASON)
  const where = { state: { $in: ['queued', 'claimed'] } }
  const found = await handle(reviews).find({ where, sort: [['queuedAt', 'asc']], ...page })
  const judgeable = await Promise.all(found.data.map((review) => refuseReviewer(handle, identity, review)))
  const data = found.data.filter((_, index) => !judgeable[index]).map((review) => reviewView(review, clock.iso()))
  return { ok: true, value: { ...found, data } }
}

async function detail(deps: ReviewsDeps, identity: Identity, id: string): Promise<Outcome<ReviewDetail>> {
  const { store, clock, reports } = deps
  const handle = store.asSystem(REVIEW_REASON)
  const review = isReviewer(identity) ? await handle(reviews).get(id) : undefined
  if (!review) return unknownReview()
  const [version, extension] = await Promise.all([
    handle(versions).get(`${review.extension}@${review.version}`),
    handle(extensions).get(review.extension),
  ])
  if (!version) throw new Error(`the review ${id} has no version`)
  const { ruleSet, executions, findings, package: held } = await reports.passed(version.reportId)
  const { manifest, capabilities, files, texts } = held
  const latest = extension?.tags.latest
  const shown = { ...reviewView(review, clock.iso()), manifest, capabilities, files, findings }
  return {
    ok: true,
    value: {
      ...shown,
      readme: texts.readme ?? '',
      ...(texts.changelog === undefined ? {} : { changelog: texts.changelog }),
      report: { ruleSet, executions },
      ...(latest === undefined ? {} : { latest }),
    },
  }
}

function claim({ store, clock, audit }: ReviewsDeps, identity: Identity, id: string): Promise<Outcome<ReviewDocument>> {
  return commit(store, async (tx) => {
    const handle = tx.asSystem(REVIEW_REASON)
    const review = await handle(reviews).get(id)
    if (!review) return unknownReview()
    const refusal = (await refuseReviewer(handle, identity, review)) ?? refuseClosed(review)
    if (refusal) return refusal
    const now = clock.iso()
    const { claim: held } = review
    if (held && held.by !== identity.userId && held.until > now)
      return refused('REVIEW_CLAIMED', `held until ${held.until}`, { details: { by: held.by, until: held.until } })
    const set = { state: 'claimed', claim: { by: identity.userId, until: isoPlus(now, CLAIM_MS) } }
    const claimed = written(await handle(reviews).patch(id, { set }, { rev: review.rev }))
    const entry = { organizationId: 'system', actor: identityName(identity), action: 'review.claim', target: id }
    await audit.within(tx, { ...entry, outcome: 'allowed' })
    return { ok: true, value: claimed }
  })
}

function release(deps: ReviewsDeps, identity: Identity, id: string): Promise<Outcome<ReviewDocument>> {
  return commit(deps.store, async (tx) => {
    const handle = tx.asSystem(REVIEW_REASON)
    const review = isReviewer(identity) ? await handle(reviews).get(id) : undefined
    if (!review) return unknownReview()
    if (review.claim?.by !== identity.userId)
      return refuseClosed(review) ?? refused('REVIEW_NOT_CLAIMED', 'you do not hold this review')
    const patch = { set: { state: 'queued' }, unset: ['claim'] }
    const released = written(await handle(reviews).patch(id, patch, { rev: review.rev }))
    const entry = { organizationId: 'system', actor: identityName(identity), action: 'review.release', target: id }
    await deps.audit.within(tx, { ...entry, outcome: 'allowed' })
    return { ok: true, value: released }
  })
}

async function messages(
  { store }: ReviewsDeps,
  identity: Identity,
  id: string,
  page: { limit?: number; cursor?: string },
): Promise<Outcome<Page<ReviewMessage>>> {
  const handle = store.asSystem(REVIEW_REASON)
  const review = await handle(reviews).get(id)
  if (!review || !(await sideOf(store, identity, review))) return unknownReview()
  const found = await handle(reviewMessages).find({ where: { reviewId: id }, sort: [['at', 'asc']], ...page })
  return { ok: true, value: { ...found, data: found.data.map(messageView) } }
}

async function post(deps: ReviewsDeps, identity: Identity, id: string, text: string): Promise<Outcome<ReviewMessage>> {
  const { store, clock, ids } = deps
  const handle = store.asSystem(REVIEW_REASON)
  const review = await handle(reviews).get(id)
  const side = review && (await sideOf(store, identity, review))
  if (!side) return unknownReview()
  const message = { _id: ids('msg'), reviewId: id, author: identity.userId, side, text, at: clock.iso() }
  return { ok: true, value: messageView(await handle(reviewMessages).insert(message)) }
}

async function packageBytes(
  { store, audit }: ReviewsDeps,
  identity: Identity,
  id: string,
): Promise<Outcome<{ digest: string; bytes: Uint8Array }>> {
  const review = isReviewer(identity) ? await store.asSystem(REVIEW_REASON)(reviews).get(id) : undefined
  if (!review) return unknownReview()
  const bytes = await store.blobs.get(review.digest)
  if (!bytes && review.state === 'called_off') return refused('NOT_FOUND', 'the package was withdrawn and is deleted')
  if (!bytes) throw new Error(`the package of the review ${id} is gone`)
  const entry = { organizationId: 'system', actor: identityName(identity), action: 'review.download', target: id }
  audit.note({ ...entry, outcome: 'allowed' })
  return { ok: true, value: { digest: review.digest, bytes } }
}

/** The publisher's members are the other side, whatever else they are. */
async function sideOf(store: ReviewsDeps['store'], identity: Identity, review: ReviewDocument) {
  if (identity.kind !== 'user') return undefined
  if (await roleIn(store.asSystem(REVIEW_REASON), identity.userId, review.publisher)) return 'publisher' as const
  return isReviewer(identity) ? ('reviewer' as const) : undefined
}

function refuseClosed(review: ReviewDocument) {
  if (review.state !== 'done' && review.state !== 'called_off') return undefined
  return refused('REVIEW_CLOSED', `the review is ${review.state}`)
}

function unknownReview() {
  return refused('NOT_FOUND', 'there is no such review')
}
