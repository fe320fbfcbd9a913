import { capabilityDifference } from '@annex/sdk/manifest/capability-difference'
import type { Handle } from '../../runtime/storage/port.ts'
import { written } from '../publishing/commit.ts'
import { extensionFigures } from '../publishing/extension-figures.ts'
import { lastApproved } from '../publishing/last-approved.ts'
import { publishers, submissions, type VersionDocument, versions } from '../publishing/publishing-collections.ts'
import type { ReviewCase } from '../publishing/review-desk.ts'
import { type ReviewDocument, reviews } from './review-collections.ts'
import { assessRisk, type RiskFacts } from './risk.ts'
import { standingOf } from './standing.ts'
import { turnOf } from './turn.ts'

const DAY_MS = 24 * 3_600_000
const MAX_OPEN = 100

/** All that risk is drawn from, from documents alone: it is asked in transactions. */
export async function riskFacts(
  handle: Handle,
  { submissionId, publisher: slug, extension, version: number, changedCode }: Omit<ReviewCase, 'digest'>,
  now: string,
): Promise<RiskFacts> {
  const id = `${extension}@${number}`
  const [submission, version, publisher] = await Promise.all([
    handle(submissions).get(submissionId),
    handle(versions).get(id),
    handle(publishers).get(slug),
  ])
  if (!submission || !version || !publisher) throw new Error(`what is under review is gone: ${id}`)
  const before = await lastApproved(handle, extension, { except: id })
  const [figures, standing] = await Promise.all([
    handle(extensionFigures).get(extension),
    standingOf(handle, extension),
  ])
  const { approvals, rejections, openReports, flags } = standing
  return {
    findings: submission.findings,
    capabilities: version.capabilities,
    widened: before ? widenings(before, version) : [],
    first: before === undefined,
    changedCode,
    ...{ approvals, rejections, openReports, recheckFound: flags.recheck_found !== undefined },
    organizations: figures?.organizations30d ?? 0,
    verifiedPublisher: publisher.verified !== undefined,
    publisherDays: Math.floor((Date.parse(now) - Date.parse(publisher.createdAt)) / DAY_MS),
  }
}

function widenings(before: VersionDocument, after: VersionDocument): string[] {
  const asked = ({ capabilities, card }: VersionDocument) => ({ capabilities, paid: card.pricing !== 'FREE' })
  return capabilityDifference(asked(before), asked(after)).map(({ name, words }) => `${name} ${words}`)
}

/** What depends on risk, as a review stores it. */
export async function assessed(handle: Handle, reviewCase: Omit<ReviewCase, 'digest'>, queuedAt: string, now: string) {
  const risk = assessRisk(await riskFacts(handle, reviewCase, now))
  return { risk, band: risk.band, turn: turnOf(queuedAt, risk.band) }
}

/** A fact of the extension changed: what waits may have another place in the queue. */
export async function reassess(handle: Handle, extension: string, now: string): Promise<void> {
  const where = { extension, state: { $in: ['queued', 'claimed'] } } as const
  const { data } = await handle(reviews).find({ where, limit: MAX_OPEN })
  for (const review of data) await reassessOne(handle, review, now)
}

async function reassessOne(handle: Handle, review: ReviewDocument, now: string): Promise<void> {
  const next = await assessed(handle, review, review.queuedAt, now)
  if (JSON.stringify(next.risk) === JSON.stringify(review.risk)) return
  written(await handle(reviews).patch(review._id, { set: next }, { rev: review.rev }))
}
