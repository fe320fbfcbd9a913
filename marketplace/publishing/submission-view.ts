import type { Execution } from '@annex/package/execution'
import type { Finding } from '@annex/package/finding'
import type { Report } from '@annex/package/report'
import type { Recheck, SubmissionDocument } from './publishing-collections.ts'
import { type OutwardStatus, SUBMISSION_STATES, type SubmissionState } from './submission-state.ts'

/** A submission as its publisher and the reviewers see it. */
export interface Submission {
  id: string
  status: OutwardStatus
  /** The fine state. */
  reviewStatus: SubmissionState
  /** Whether something still happens to it without a new upload. */
  open: boolean
  /** What happens next, or what to do, in words. */
  nextStep: string
  publisher?: string
  /** `@publisher/name`. */
  extension?: string
  version?: string
  /** The channel that the upload named. */
  channel?: string
  /** SHA-256 (hex) of the package. */
  digest: string
  /** Bytes. */
  size: number
  findings: Finding[]
  /** The reviewer's reasons. */
  reasons?: string[]
  reviewId?: string
  createdAt: string
  updatedAt: string
  links: { self: string; report?: string; retry?: string; review?: string; catalog?: string }
}

export interface SubmissionDetail extends Submission {
  /** Every rule with its outcome, once the check has run. */
  report?: Pick<Report, 'ruleSet' | 'executions' | 'use'>
  /** How the rules went that need what only the marketplace knows. */
  outside?: Execution[]
  /** What the version was found to be by rules or data that came after its check. */
  recheck?: Omit<Recheck, 'against'>
}

export function submissionView(document: SubmissionDocument): Submission {
  const { _id: id, state, publisher, extension, version, digest, size, findings, reasons, reviewId } = document
  const entry = SUBMISSION_STATES[state]
  return {
    id,
    status: entry.outward,
    reviewStatus: state,
    open: entry.open,
    nextStep: entry.nextStep,
    ...(publisher === undefined ? {} : { publisher }),
    ...(extension === undefined ? {} : { extension }),
    ...(version === undefined ? {} : { version }),
    ...(document.channel === undefined ? {} : { channel: document.channel }),
    digest,
    size,
    findings,
    ...(reasons === undefined ? {} : { reasons }),
    ...(reviewId === undefined ? {} : { reviewId }),
    createdAt: document.createdAt,
    updatedAt: document.updatedAt,
    links: links(document),
  }
}

export function submissionDetail(
  document: SubmissionDocument,
  { report, recheck }: { report: Report | undefined; recheck: Recheck | undefined },
): SubmissionDetail {
  const view = submissionView(document)
  if (!report) return view
  const { ruleSet, executions, use } = report
  const { outside } = document
  return {
    ...view,
    report: { ruleSet, executions, ...(use && { use }) },
    ...(outside && { outside }),
    ...(recheck && { recheck: shownRecheck(recheck) }),
  }
}

function shownRecheck({ at, ok, findings, problem }: Recheck): SubmissionDetail['recheck'] & object {
  return { at, ok, findings, ...(problem === undefined ? {} : { problem }) }
}

function links({ _id, state, reportId, reviewId, extension }: SubmissionDocument): Submission['links'] {
  return {
    self: `/api/marketplace/submissions/${_id}`,
    ...(reportId ? { report: `/api/marketplace/submissions/${_id}/report` } : {}),
    ...(state === 'validation_error' ? { retry: `/api/marketplace/submissions/${_id}/retry` } : {}),
    ...(reviewId ? { review: `/api/marketplace/reviews/${reviewId}` } : {}),
    ...(state === 'published' && extension ? { catalog: `/api/marketplace/catalog/${extension.slice(1)}` } : {}),
  }
}
