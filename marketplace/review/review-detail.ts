import type { Clock } from '../../runtime/clock.ts'
import type { Store } from '../../runtime/storage/port.ts'
import type { Identity } from '../accounts/identity.ts'
import type { Outcome } from '../errors.ts'
import { lastApproved } from '../publishing/last-approved.ts'
import { extensions, versions } from '../publishing/publishing-collections.ts'
import type { Reports } from '../publishing/reports.ts'
import { unknownReview } from './claims.ts'
import { carriedWaivers, findingsOf, openFindings } from './open-findings.ts'
import { reviews } from './review-collections.ts'
import { type ReviewDetail, reviewView } from './review-view.ts'
import { isReviewer, REVIEW_REASON, submissionOf } from './reviewer.ts'

/** What a reviewer decides on. */
export async function reviewDetail(
  { store, clock, reports }: { store: Store; clock: Clock; reports: Reports },
  identity: Identity,
  id: string,
): Promise<Outcome<ReviewDetail>> {
  const handle = store.asSystem(REVIEW_REASON)
  const review = isReviewer(identity) ? await handle(reviews).get(id) : undefined
  if (!review) return unknownReview()
  const versionId = `${review.extension}@${review.version}`
  const [version, extension, submission, last] = await Promise.all([
    handle(versions).get(versionId),
    handle(extensions).get(review.extension),
    submissionOf(handle, review),
    lastApproved(handle, review.extension, beforeOf(versionId, review.decidedAt)),
  ])
  if (!version) throw new Error(`the review ${id} has no version`)
  const { ruleSet, executions, use, measured, package: held } = await reports.passed(version.reportId)
  const { manifest, capabilities, files, texts } = held
  const findings = await findingsOf(reports, submission, version)
  const carried = carriedWaivers(findings, last?.waivers ?? [])
  const latest = extension?.tags.latest
  return {
    ok: true,
    value: {
      ...reviewView(review, clock.iso()),
      ...{ manifest, capabilities, files, findings, carried, readme: texts.readme ?? '' },
      open: openFindings(findings, [...carried, ...(review.waivers ?? [])]).map(({ rule, message, file }) => ({
        ...{ rule, message },
        ...(file === undefined ? {} : { file }),
      })),
      ...(texts.changelog === undefined ? {} : { changelog: texts.changelog }),
      report: { ruleSet, executions, ...(use && { use }), ...(measured && { measured }) },
      ...(latest === undefined ? {} : { latest }),
      ...(last === undefined ? {} : { lastApproved: last.version }),
    },
  }
}

/** What was the last one when the review was decided; until then, what it is now. */
export function beforeOf(versionId: string, decidedAt: string | undefined): { except: string; until?: string } {
  return { except: versionId, ...(decidedAt === undefined ? {} : { until: decidedAt }) }
}
