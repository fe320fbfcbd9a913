import type { Finding } from '@annex/package/finding'
import type { Report } from '@annex/package/report'
import type { Manifest } from '@annex/sdk/manifest'
import type { Capabilities } from '@annex/sdk/manifest/capabilities'
import type { ReviewClaim, ReviewDocument, ReviewMessageDocument, Verdict } from './review-collections.ts'

/** A review as reviewers see it. */
export interface Review {
  id: string
  state: ReviewDocument['state']
  submissionId: string
  publisher: string
  /** `@publisher/name`. */
  extension: string
  version: string
  /** SHA-256 (hex) of the package: a verdict names it. */
  digest: string
  /** Who holds it, while the lease lasts. */
  claim?: ReviewClaim
  verdict?: Verdict
  reasons?: string[]
  decidedBy?: string
  decidedAt?: string
  queuedAt: string
  /** Raised on each change; a verdict may name the one that it was made on. */
  rev: number
}

/** With what the reviewer decides on. */
export interface ReviewDetail extends Review {
  manifest: Manifest
  capabilities: Capabilities
  readme: string
  changelog?: string
  files: { path: string; size: number }[]
  findings: Finding[]
  report: Pick<Report, 'ruleSet' | 'executions'>
  /** The version that is published now, to compare with. */
  latest?: string
}

export interface ReviewMessage {
  id: string
  author: string
  side: 'reviewer' | 'publisher'
  text: string
  at: string
}

/** An expired claim is no claim: the review is back in the queue. */
export function reviewView(document: ReviewDocument, now: string): Review {
  const { _id: id, state, claim, submissionId, publisher, extension, version, digest, queuedAt, rev } = document
  const { verdict, reasons, decidedBy, decidedAt } = document
  const held = state === 'claimed' && claim !== undefined && claim.until > now
  return {
    id,
    state: state === 'claimed' && !held ? 'queued' : state,
    submissionId,
    publisher,
    extension,
    version,
    digest,
    ...(held ? { claim } : {}),
    ...(verdict === undefined ? {} : { verdict }),
    ...(reasons === undefined ? {} : { reasons }),
    ...(decidedBy === undefined ? {} : { decidedBy }),
    ...(decidedAt === undefined ? {} : { decidedAt }),
    queuedAt,
    rev,
  }
}

export function messageView({ _id: id, author, side, text, at }: ReviewMessageDocument): ReviewMessage {
  return { id, author, side, text, at }
}
