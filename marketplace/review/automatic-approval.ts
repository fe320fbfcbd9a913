import type { Job, JobOutcome } from '../../runtime/jobs/job.ts'
import type { JobHandler } from '../../runtime/jobs/job-attempt.ts'
import type { Fence } from '../../runtime/jobs/job-lease.ts'
import type { Jobs } from '../../runtime/jobs/jobs.ts'
import type { Handle, Transaction } from '../../runtime/storage/port.ts'
import type { Outcome } from '../errors.ts'
import { commit, written } from '../publishing/commit.ts'
import { lastApproved } from '../publishing/last-approved.ts'
import { type AutomaticFacts, automaticRefusals, knownFrom } from './automatic-refusals.ts'
import { carriedWaivers, type SeenFinding } from './open-findings.ts'
import { type ReviewDocument, reviews } from './review-collections.ts'
import { REVIEW_REASON } from './reviewer.ts'
import { assessRisk } from './risk.ts'
import { riskFacts } from './risk-facts.ts'
import { standingOf } from './standing.ts'
import { isClosed, seenFindings, settle, type VerdictDeps } from './verdicts.ts'

/** The type of the job that approves what no person has to look at. */
export const AUTOMATIC_JOB = 'review.automatic'
const ACTOR = 'system:auto'
const MAX_ATTEMPTS = 3

/** With the review, in its commit. */
export function enqueueAutomatic(jobs: Jobs, tx: Transaction, reviewId: string): Promise<Job> {
  return jobs.enqueue(tx, { organizationId: 'system', type: AUTOMATIC_JOB, payload: { reviewId } })
}

/** Decides by the rules of `automaticRefusals`, on what is true in the commit of the decision. */
export function createAutomaticJob(deps: VerdictDeps): JobHandler {
  return { handle: (job, { fence }) => attempt(deps, job, fence), maxAttempts: MAX_ATTEMPTS }
}

async function attempt(deps: VerdictDeps, job: Job, fence: Fence): Promise<JobOutcome> {
  const id = reviewIdOf(job)
  await deps.signer.ready()
  const findings = await seenFindings(deps, id)
  const outcome = await commit<Refusals>(deps.store, async (tx) => {
    await fence.assert(tx)
    const handle = tx.asSystem(REVIEW_REASON)
    const review = await handle(reviews).get(id)
    if (!review || isClosed(review)) return { ok: true, value: { refusals: [] } }
    return { ok: true, value: await decide(deps, tx, review, findings) }
  })
  if (!outcome.ok) return leave(deps, fence, id, outcome)
  const { refusals, againAt } = outcome.value
  if (againAt === undefined) return { done: { reviewId: id, refusals } }
  // Nothing but time is missing.
  const error = { code: 'TOO_EARLY', message: refusals.join('; ') }
  return { retry: { error, afterMs: Math.max(1, Date.parse(againAt) - deps.clock.now()), countAttempt: false } }
}

/** `againAt` (ISO 8601): when the only refusal there is will be none. */
interface Refusals {
  refusals: string[]
  againAt?: string
}

async function decide(
  deps: VerdictDeps,
  tx: Transaction,
  review: ReviewDocument,
  findings: readonly SeenFinding[],
): Promise<Refusals> {
  const handle = tx.asSystem(REVIEW_REASON)
  const now = deps.clock.iso()
  const facts = await automaticFacts(handle, review, findings, now)
  const refusals = automaticRefusals(facts)
  if (refusals.length > 0) {
    await note(handle, review, refusals, now)
    const againAt = refusals.length === 1 ? knownFrom(facts) : undefined
    return { refusals, ...(againAt !== undefined && againAt > now && { againAt }) }
  }
  const last = await lastApproved(handle, review.extension)
  const reasons = [
    'the publisher is verified',
    `${facts.approvals} earlier versions were approved by persons, the first at ${facts.firstApprovedAt}`,
    `it asks for nothing that ${last?.version} did not`,
    `its risk is ${facts.risk.score}`,
    'no finding wants a review',
  ]
  const waivers = carriedWaivers(findings, last?.waivers ?? [])
  await settle(deps, tx, review, { verdict: 'approve', reasons, actor: ACTOR, waivers })
  return { refusals: [] }
}

async function automaticFacts(
  handle: Handle,
  review: ReviewDocument,
  findings: readonly SeenFinding[],
  now: string,
): Promise<AutomaticFacts> {
  const [facts, standing] = await Promise.all([riskFacts(handle, review, now), standingOf(handle, review.extension)])
  const { approvals, flags, firstApprovedAt } = standing
  return {
    ...{ approvals, flags, now, widened: facts.widened, verifiedPublisher: facts.verifiedPublisher },
    ...(firstApprovedAt === undefined ? {} : { firstApprovedAt }),
    risk: assessRisk(facts),
    reviewFindings: findings.filter(({ severity }) => severity === 'review'),
    claimed: review.claim !== undefined && review.claim.until > now,
  }
}

/** Reviewers see why it waits for them. */
async function note(handle: Handle, review: ReviewDocument, refusals: string[], at: string): Promise<void> {
  written(await handle(reviews).patch(review._id, { set: { automatic: { at, refusals } } }, { rev: review.rev }))
}

/** What refuses the publication itself (a suspended publisher, a dependency that went) is for a person to see. */
async function leave(
  { store, clock }: VerdictDeps,
  fence: Fence,
  id: string,
  { error }: Extract<Outcome<never>, { ok: false }>,
): Promise<JobOutcome> {
  const noted = await commit<null>(store, async (tx) => {
    await fence.assert(tx)
    const handle = tx.asSystem(REVIEW_REASON)
    const review = await handle(reviews).get(id)
    if (review && !isClosed(review)) await note(handle, review, [error.message], clock.iso())
    return { ok: true, value: null }
  })
  if (!noted.ok) throw new Error(`a refusal could not be noted: ${noted.error.message}`)
  return { done: { reviewId: id, refusals: [error.message] } }
}

function reviewIdOf({ payload }: Job): string {
  const id = typeof payload === 'object' && payload !== null && 'reviewId' in payload ? payload.reviewId : undefined
  if (typeof id !== 'string') throw new Error('the job names no review')
  return id
}
