import type { Ids } from '../../runtime/ids.ts'
import type { Jobs } from '../../runtime/jobs/jobs.ts'
import type { PackageChecker } from '../../runtime/sandbox/package-checker.ts'
import type { Page, Transaction } from '../../runtime/storage/port.ts'
import type { CompareRuns } from '../../runtime/trials/compare-runs.ts'
import { type Identity, identityName } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import { commit, written } from '../publishing/commit.ts'
import { extensions } from '../publishing/publishing-collections.ts'
import type { ReviewCase, ReviewDesk } from '../publishing/review-desk.ts'
import { AUTOMATIC_JOB, createAutomaticJob, enqueueAutomatic } from './automatic-approval.ts'
import { type BehaviourAnswer, createBehaviours } from './behaviour.ts'
import { claim, release, unknownReview } from './claims.ts'
import { createDifferences, type ReviewDifference } from './difference.ts'
import { type FlagEvent, flagsAfter } from './flags.ts'
import { type Conversation, markRead, messages, post } from './messages.ts'
import { publishVersion } from './publish-version.ts'
import { expectedBy, type QueueQuery, queue } from './queue.ts'
import { type ReviewDocument, reviews } from './review-collections.ts'
import { reviewDetail } from './review-detail.ts'
import { type QueuedReview, type Review, type ReviewDetail, type ReviewMessage, reviewView } from './review-view.ts'
import { isReviewer, REVIEW_REASON } from './reviewer.ts'
import { assessed, reassess } from './risk-facts.ts'
import { recordStanding } from './standing.ts'
import { decideAsSystem, decideReview, type VerdictDeps, type VerdictRequest } from './verdicts.ts'

export interface Reviews extends ReviewDesk {
  /** What waits, by risk and waiting time, without what the reviewer may not judge. */
  queue(identity: Identity, query: QueueQuery): Promise<Outcome<Page<QueuedReview>>>
  get(identity: Identity, id: string): Promise<Outcome<ReviewDetail>>
  /** What is other than in the last approved version; `CONFLICT` when there is none. */
  difference(identity: Identity, id: string): Promise<Outcome<ReviewDifference>>
  /** How it and the last approved version run on the same fixtures. */
  behaviour(identity: Identity, id: string): Promise<Outcome<BehaviourAnswer>>
  /** `REVIEW_CLAIMED` names the holder and the end of the lease; `REVIEW_CLAIMS` when the caller holds too many. */
  claim(identity: Identity, id: string): Promise<Outcome<Review>>
  release(identity: Identity, id: string): Promise<Outcome<Review>>
  decide(identity: Identity, id: string, request: VerdictRequest): Promise<Outcome<Review>>
  /** Approves in the platform's own name; `reason` names it in the audit trail (`seed`). */
  decideAsSystem(submissionId: string, decision: { reason: string; text: string }): Promise<Outcome<Review>>
  /** Between the reviewer and the publisher's members, oldest first. */
  messages(identity: Identity, id: string, page: { limit?: number; cursor?: string }): Promise<Outcome<Conversation>>
  post(identity: Identity, id: string, text: string): Promise<Outcome<ReviewMessage>>
  /** What the other side wrote was read. */
  markRead(identity: Identity, id: string): Promise<Outcome<undefined>>
  /** The bytes under review. */
  packageBytes(identity: Identity, id: string): Promise<Outcome<{ digest: string; bytes: Uint8Array }>>
  /** Whether a machine may approve versions of this extension. The caller has asked for the moderator's role. */
  setAutomatic(identity: Identity, extension: string, on: boolean): Promise<Outcome<null>>
  /** Somebody reported an extension, or a moderator settled a report: so many are open now. */
  reported(tx: Transaction, extension: string, open: number): Promise<void>
}

export interface ReviewsDeps extends VerdictDeps {
  ids: Ids
  jobs: Jobs
  checker: Pick<PackageChecker, 'difference'>
  compareRuns: CompareRuns
}

/** Registers its job: to be made before the queue starts. */
export function createReviews(deps: ReviewsDeps): Reviews {
  const { clock } = deps
  deps.jobs.register(AUTOMATIC_JOB, createAutomaticJob(deps))
  const differences = createDifferences(deps)
  const behaviours = createBehaviours(deps)
  const view = (outcome: Outcome<ReviewDocument>): Outcome<Review> =>
    outcome.ok ? { ok: true, value: reviewView(outcome.value, clock.iso()) } : outcome
  return {
    ready: () => deps.signer.ready(),
    publishUnreviewed: async (tx, versionId) => {
      const published = await publishVersion(tx, tx.asSystem(REVIEW_REASON), versionId, clock.iso())
      await deps.signer.release(tx, published)
    },
    open: (tx, reviewCase) => open(deps, tx, reviewCase),
    callOff: (tx, id) => callOff(deps, tx, id),
    rechecked: (tx, extension, sound) => happened(deps, tx, extension, sound ? 'recheck.sound' : 'recheck.found'),
    queue: (identity, query) => queue(deps, identity, query),
    get: (identity, id) => reviewDetail(deps, identity, id),
    difference: (identity, id) => differences.of(identity, id),
    behaviour: (identity, id) => behaviours.of(identity, id),
    claim: async (identity, id) => view(await claim(deps, identity, id)),
    release: async (identity, id) => view(await release(deps, identity, id)),
    decide: async (identity, id, request) => view(await decideReview(deps, identity, id, request)),
    decideAsSystem: async (submissionId, decision) => view(await decideAsSystem(deps, submissionId, decision)),
    messages: (identity, id, page) => messages(deps, identity, id, page),
    post: (identity, id, text) => post(deps, identity, id, text),
    markRead: (identity, id) => markRead(deps, identity, id),
    packageBytes: (identity, id) => packageBytes(deps, identity, id),
    setAutomatic: (identity, extension, on) => setAutomatic(deps, identity, extension, on),
    reported: (tx, extension, count) =>
      happened(deps, tx, extension, count > 0 ? 'report.opened' : 'report.settled', count),
  }
}

async function open({ ids, jobs, clock }: ReviewsDeps, tx: Transaction, reviewCase: ReviewCase) {
  const handle = tx.asSystem(REVIEW_REASON)
  const queuedAt = clock.iso()
  const place = await assessed(handle, reviewCase, queuedAt, queuedAt)
  const draft = { _id: ids('rev'), state: 'queued', ...reviewCase, queuedAt, ...place } as const
  const { _id: id, band } = await handle(reviews).insert({ ...draft, flags: {}, attention: false })
  await enqueueAutomatic(jobs, tx, id)
  const expected = await expectedBy(handle, queuedAt)
  return { id, band, ...(expected === undefined ? {} : { expectedBy: expected }) }
}

async function callOff({ clock }: ReviewsDeps, tx: Transaction, id: string): Promise<void> {
  const handle = tx.asSystem(REVIEW_REASON)
  const review = await handle(reviews).get(id)
  if (!review || review.state === 'done') return
  const flags = flagsAfter(review.flags, 'review.called_off', 'review', clock.iso())
  const set = { state: 'called_off', flags, attention: flags.author_replied !== undefined }
  written(await handle(reviews).patch(id, { set, unset: ['claim', 'claimedBy'] }, { rev: review.rev }))
}

/** The standing first: the risk of what waits is drawn from it. */
async function happened(
  { clock }: ReviewsDeps,
  tx: Transaction,
  extension: string,
  event: FlagEvent,
  openReports?: number,
): Promise<void> {
  const handle = tx.asSystem(REVIEW_REASON)
  const now = clock.iso()
  await recordStanding(handle, extension, event, now, openReports)
  await reassess(handle, extension, now)
}

function setAutomatic(deps: ReviewsDeps, identity: Identity, extension: string, on: boolean): Promise<Outcome<null>> {
  return commit(deps.store, async (tx) => {
    if (!(await tx.asSystem(REVIEW_REASON)(extensions).get(extension)))
      return refused('NOT_FOUND', 'there is no such extension')
    await happened(deps, tx, extension, on ? 'automatic.on' : 'automatic.off')
    const action = `review.automatic_${on ? 'on' : 'off'}`
    const entry = { organizationId: 'system', actor: identityName(identity), action, target: extension }
    await deps.audit.within(tx, { ...entry, outcome: 'allowed' })
    return { ok: true, value: null }
  })
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
