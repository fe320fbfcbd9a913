import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Handle, Store, Transaction } from '../../runtime/storage/port.ts'
import { type Identity, identityName } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import { type AuthorEvent, tellAuthor } from '../publishing/author-events.ts'
import { commit, written } from '../publishing/commit.ts'
import { lastApproved } from '../publishing/last-approved.ts'
import { declineVersion, widenVisibility } from '../publishing/listings.ts'
import { type GivenWaiver, submissions, versions } from '../publishing/publishing-collections.ts'
import type { Reports } from '../publishing/reports.ts'
import type { PackageSigner } from '../publishing/signing/package-signer.ts'
import { type FlagEvent, flagsAfter } from './flags.ts'
import {
  carriedWaivers,
  findingsOf,
  giveWaivers,
  openFindings,
  refuseOpen,
  type SeenFinding,
  type WaiverWish,
} from './open-findings.ts'
import { publishVersion } from './publish-version.ts'
import { type ReviewDocument, reviews, type Verdict } from './review-collections.ts'
import { REVIEW_REASON, refuseReviewer, submissionOf } from './reviewer.ts'
import { reassess } from './risk-facts.ts'
import { recordStanding } from './standing.ts'

export interface VerdictRequest {
  verdict: Verdict
  /** At least one, unless it approves. */
  reasons: readonly string[]
  /** SHA-256 (hex) of the bytes that were looked at. */
  digest: string
  /** The revision of the review that the reviewer saw; any if absent. */
  rev?: number
  /** Of findings that want a review: an approval needs one for each. */
  waivers?: readonly WaiverWish[]
}

export interface VerdictDeps {
  store: Store
  clock: Clock
  audit: Audit
  signer: PackageSigner
  reports: Reports
}

/**
 * The claim's holder decides. The same verdict by the same person again is the same answer. `FINDINGS_OPEN` lists what an
 * approval has no waiver for.
 */
export async function decideReview(
  deps: VerdictDeps,
  identity: Identity,
  id: string,
  request: VerdictRequest,
): Promise<Outcome<ReviewDocument>> {
  if (request.verdict !== 'approve' && request.reasons.length === 0)
    return refused('INVALID_ARGUMENT', 'a verdict that does not approve says why')
  const actor = identityName(identity)
  await deps.signer.ready()
  const findings = await seenFindings(deps, id)
  return commit(deps.store, async (tx) => {
    const handle = tx.asSystem(REVIEW_REASON)
    const review = await handle(reviews).get(id)
    if (!review) return refused('NOT_FOUND', 'there is no such review')
    const refusal = await refuseReviewer(handle, identity, review)
    if (refusal) return refusal
    if (isRepetition(review, actor, request)) return { ok: true, value: review }
    const stale = refuseStale(review, identity.userId, request, deps.clock.iso())
    if (stale) return stale
    const given = await waiversOf(deps, handle, review, { ...request, actor, findings })
    if (!given.ok) return given
    return { ok: true, value: await settle(deps, tx, review, { ...request, actor, waivers: given.value }) }
  })
}

/** The platform's own verdict on what it ships: full validation comes before it, a person's claim does not. */
export async function decideAsSystem(
  deps: VerdictDeps,
  submissionId: string,
  decision: { reason: string; text: string },
): Promise<Outcome<ReviewDocument>> {
  await deps.signer.ready()
  const where = { submissionId }
  const [known] = (await deps.store.asSystem(REVIEW_REASON)(reviews).find({ where, limit: 1 })).data
  if (!known) return refused('NOT_FOUND', 'this submission is not in review')
  const findings = await seenFindings(deps, known._id)
  return commit(deps.store, async (tx) => {
    const handle = tx.asSystem(REVIEW_REASON)
    const review = written(await handle(reviews).get(known._id))
    const actor = `system:${decision.reason}`
    if (review.state === 'done' && review.decidedBy === actor) return { ok: true, value: review }
    if (isClosed(review)) return refused('REVIEW_CLOSED', `the review is ${review.state}`)
    const rules = [...new Set(openFindings(findings, []).map(({ rule }) => rule))]
    const wishes = rules.map((rule) => ({ rule, reason: decision.text }))
    const given = giveWaivers(findings, wishes, { by: actor, at: deps.clock.iso() })
    if (!given.ok) return given
    const verdict = { verdict: 'approve', reasons: [decision.text], actor, waivers: given.value } as const
    return { ok: true, value: await settle(deps, tx, review, verdict) }
  })
}

/** Before the transaction, as a report is no document; what was found in a package never changes. */
export async function seenFindings({ reports, store }: VerdictDeps, id: string): Promise<SeenFinding[]> {
  const handle = store.asSystem(REVIEW_REASON)
  const review = await handle(reviews).get(id)
  if (!review) return []
  const version = await handle(versions).get(`${review.extension}@${review.version}`)
  if (!version) throw new Error(`the review ${id} has no version`)
  return findingsOf(reports, await submissionOf(handle, review), version)
}

/** What is waived with this verdict, what an earlier version brings along first. */
async function waiversOf(
  deps: VerdictDeps,
  handle: Handle,
  review: ReviewDocument,
  request: VerdictRequest & { actor: string; findings: readonly SeenFinding[] },
): Promise<Outcome<GivenWaiver[]>> {
  const { verdict, waivers = [], actor, findings } = request
  const given = giveWaivers(findings, waivers, { by: actor, at: deps.clock.iso() })
  if (!given.ok) return given
  const last = await lastApproved(handle, review.extension)
  const all = [...carriedWaivers(findings, last?.waivers ?? []), ...given.value]
  const open = verdict === 'approve' ? refuseOpen(openFindings(findings, all)) : undefined
  return open ?? { ok: true, value: all }
}

function isRepetition(review: ReviewDocument, actor: string, { verdict, digest }: VerdictRequest): boolean {
  const same = review.verdict === verdict && review.digest === digest
  return review.state === 'done' && review.decidedBy === actor && same
}

export function isClosed(review: ReviewDocument): boolean {
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

export type Decision = Pick<VerdictRequest, 'verdict' | 'reasons'> & { actor: string; waivers: readonly GivenWaiver[] }

/** Review, submission, version, signature, extension, standing, events and audit row: one commit. */
export async function settle(
  { clock, audit, signer }: VerdictDeps,
  tx: Transaction,
  review: ReviewDocument,
  decision: Decision,
): Promise<ReviewDocument> {
  const { verdict, reasons, actor, waivers } = decision
  const handle = tx.asSystem(REVIEW_REASON)
  const now = clock.iso()
  const event = eventOf(decision)
  const flags = flagsAfter(review.flags, event, 'review', now)
  const outcome = { state: 'done', verdict, reasons: [...reasons], decidedBy: actor, decidedAt: now }
  const set = { ...outcome, waivers: [...waivers], flags, attention: flags.author_replied !== undefined }
  const patch = { set, unset: ['claim', 'claimedBy'] }
  const decided = written(await handle(reviews).patch(review._id, patch, { rev: review.rev }))
  const versionId = `${review.extension}@${review.version}`
  const approved = verdict === 'approve'
  const seen = { set: { waivers: [...waivers] }, unset: approved ? ['unreviewed'] : [] }
  written(await handle(versions).patch(versionId, seen))
  const state = approved ? 'published' : await declineVersion(tx, versionId, { state: outcomeState(verdict), now })
  if (approved) {
    await signer.release(tx, await publishVersion(tx, handle, versionId, now))
    await widenVisibility(tx, review.extension, now)
  }
  await settleSubmission(handle, review, { state, reasons }, now)
  await recordStanding(handle, review.extension, event, now)
  await reassess(handle, review.extension, now)
  tellVerdict(tx, review, decision)
  const action = verdict === 'approve' ? 'extension.publish' : `review.${verdict}`
  const details = { review: review._id, digest: review.digest, reasons: [...reasons], waivers: waivers.length }
  await audit.within(tx, { organizationId: 'system', actor, action, target: versionId, outcome: 'allowed', details })
  return decided
}

/** What a machine decides says nothing of what a person thinks. */
function eventOf({ actor, verdict }: Decision): FlagEvent {
  return actor.startsWith('user:') ? `verdict.${verdict}` : 'verdict.automatic'
}

const TOLD = {
  approve: 'review.approved',
  changes_requested: 'review.changes_requested',
  reject: 'review.rejected',
} as const satisfies Record<Verdict, AuthorEvent>

function tellVerdict(tx: Transaction, review: ReviewDocument, { verdict, reasons, actor }: Decision): void {
  const { _id: reviewId, submissionId, publisher, extension, version } = review
  tellAuthor(tx, TOLD[verdict], {
    ...{ reviewId, submissionId, publisher, extension, version, by: actor },
    texts: [...reasons],
  })
}

/** A refused upload may come again with the same bytes, to be told why it cannot; a published one is found again. */
async function settleSubmission(
  handle: Handle,
  review: ReviewDocument,
  { state, reasons }: { state: 'published' | 'changes_requested' | 'rejected'; reasons: readonly string[] },
  now: string,
) {
  const unset = state === 'published' ? [] : ['uploadKey']
  const patch = { set: { state, reasons: [...reasons], updatedAt: now }, unset }
  written(await handle(submissions).patch(review.submissionId, patch, { where: { state: 'in_review' } }))
}

function outcomeState(verdict: Exclude<Verdict, 'approve'>): 'changes_requested' | 'rejected' {
  return verdict === 'reject' ? 'rejected' : 'changes_requested'
}
