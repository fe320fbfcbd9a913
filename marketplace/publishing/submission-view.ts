import type { Finding } from '@annex/package/finding'
import type { Report } from '@annex/package/report'
import type { SubmissionDocument } from './publishing-collections.ts'
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
  links: { self: string; review?: string; catalog?: string }
}

export interface SubmissionDetail extends Submission {
  /** Every rule with its outcome, once the check has run. */
  report?: Pick<Report, 'ruleSet' | 'executions'>
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

export function submissionDetail(document: SubmissionDocument, report: Report | undefined): SubmissionDetail {
  const view = submissionView(document)
  if (!report) return view
  const { ruleSet, executions } = report
  return { ...view, report: { ruleSet, executions } }
}

function links({ _id, state, reviewId, extension }: SubmissionDocument): Submission['links'] {
  return {
    self: `/api/marketplace/submissions/${_id}`,
    ...(reviewId ? { review: `/api/marketplace/reviews/${reviewId}` } : {}),
    ...(state === 'published' && extension ? { catalog: `/api/marketplace/catalog/${extension.slice(1)}` } : {}),
  }
}
