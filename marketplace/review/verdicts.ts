import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Handle, Store, Transaction } from '../../runtime/storage/port.ts'
import { type Identity, identityName } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import { commit, written } from '../publishing/commit.ts'
import { submissions, versions } from '../publishing/publishing-collections.ts'
import { publishVersion } from './publish-version.ts'
import { type ReviewDocument, reviews, type Verdict } from './review-collections.ts'
import { REVIEW_REASON, refuseReviewer } from './reviewer.ts'

export interface VerdictRequest {
  verdict: Verdict
  /** At least one, unless it approves. */
  reasons: readonly string[]
  /** SHA-256 (hex) of the bytes that were looked at. */
  digest: string
  /** The revision of the review that the reviewer saw; any if absent. */
  rev?: number
}

export interface VerdictDeps {
  store: Store
  clock: Clock
  audit: Audit
}

/** The claim's holder decides. The same verdict by the same person again is the same answer. */
export async function decideReview(
  deps: VerdictDeps,
  identity: Identity,
  id: string,
  request: VerdictRequest,
): Promise<Outcome<ReviewDocument>> {
  if (request.verdict !== 'approve' && request.reasons.length === 0)
    return refused('INVALID_ARGUMENT', 'a verdict that does not approve says why')
  const actor = identityName(identity)
  return commit(deps.store, async (tx) => {
    const handle = tx.asSystem(REVIEW_REASON)
    const review = await handle(reviews).get(id)
    if (!review) return refused('NOT_FOUND', 'there is no such review')
    const refusal = await refuseReviewer(handle, identity, review)
    if (refusal) return refusal
    if (isRepetition(review, actor, request)) return { ok: true, value: review }
    const stale = refuseStale(review, identity.userId, request, deps.clock.iso())
    return stale ?? { ok: true, value: await settle(deps, tx, review, { ...request, actor }) }
  })
}

/** The platform's own verdict on what it ships: full validation comes before it, a person's claim does not. */
export function decideAsSystem(
  deps: VerdictDeps,
  submissionId: string,
  decision: { reason: string; text: string },
): Promise<Outcome<ReviewDocument>> {
  return commit(deps.store, async (tx) => {
    const handle = tx.asSystem(REVIEW_REASON)
    const found = await handle(reviews).find({ where: { submissionId }, limit: 1 })
    const review = found.data[0]
    if (!review) return refused('NOT_FOUND', 'this submission is not in review')
    const actor = `system:${decision.reason}`
    if (review.state === 'done' && review.decidedBy === actor) return { ok: true, value: review }
    if (isClosed(review)) return refused('REVIEW_CLOSED', `the review is ${review.state}`)
    const verdict = { verdict: 'approve', reasons: [decision.text], actor } as const
    return { ok: true, value: await settle(deps, tx, review, verdict) }
  })
}

function isRepetition(review: ReviewDocument, actor: string, { verdict, digest }: VerdictRequest): boolean {
  const same = review.verdict === verdict && review.digest === digest
  return review.state === 'done' && review.decidedBy === actor && same
}

function isClosed(review: ReviewDocument): boolean {
  return review.state === 'done' || review.state === 'called_off'
}

function refuseStale(review: ReviewDocument, userId: string, request: VerdictRequest, now: string) {
  if (isClosed(review)) {
    const { state, verdict, decidedBy } = review
    return refused('REVIEW_CLOSED', `the review is ${state}`, { details: { state, verdict, decidedBy } })
  }
  if (review.digest !== request.digest)
    return refused('REVIEW_CHANGED', 'the verdict is about other bytes', { details: { digest: review.digest } })
  if (review.claim?.by !== userId || review.claim.until <= now)
    return refused('REVIEW_NOT_CLAIMED', 'claim the review before you decide; a claim lasts 30 minutes')
  if (request.rev !== undefined && request.rev !== review.rev)
    return refused('REVIEW_CHANGED', 'the review changed since you read it', { details: { rev: review.rev } })
  return undefined
}

type Decision = Pick<VerdictRequest, 'verdict' | 'reasons'> & { actor: string }

/** Review, submission, version, extension, event and audit row: one commit. */
async function settle(
  { clock, audit }: VerdictDeps,
  tx: Transaction,
  review: ReviewDocument,
  { verdict, reasons, actor }: Decision,
): Promise<ReviewDocument> {
  const handle = tx.asSystem(REVIEW_REASON)
  const now = clock.iso()
  const set = { state: 'done', verdict, reasons: [...reasons], decidedBy: actor, decidedAt: now }
  const decided = written(await handle(reviews).patch(review._id, { set, unset: ['claim'] }, { rev: review.rev }))
  const versionId = `${review.extension}@${review.version}`
  if (verdict === 'approve') await publishVersion(tx, handle, versionId, now)
  else written(await handle(versions).patch(versionId, { set: { state: outcomeState(verdict) } }))
  await settleSubmission(handle, review, { verdict, reasons, actor }, now)
  const action = verdict === 'approve' ? 'extension.publish' : `review.${verdict}`
  const details = { review: review._id, digest: review.digest, reasons: [...reasons] }
  await audit.within(tx, { organizationId: 'system', actor, action, target: versionId, outcome: 'allowed', details })
  return decided
}

/** A refused upload may come again with the same bytes, to be told why it cannot; a published one is found again. */
async function settleSubmission(handle: Handle, review: ReviewDocument, decision: Decision, now: string) {
  const { verdict, reasons } = decision
  const state = verdict === 'approve' ? 'published' : outcomeState(verdict)
  const unset = verdict === 'approve' ? [] : ['uploadKey']
  const patch = { set: { state, reasons: [...reasons], updatedAt: now }, unset }
  written(await handle(submissions).patch(review.submissionId, patch, { where: { state: 'in_review' } }))
}

function outcomeState(verdict: Exclude<Verdict, 'approve'>): 'changes_requested' | 'rejected' {
  return verdict === 'reject' ? 'rejected' : 'changes_requested'
}
