import type { Finding } from '@annex/package/finding'
import type { Report } from '@annex/package/report'
import type { Manifest } from '@annex/sdk/manifest'
import type { Capabilities } from '@annex/sdk/manifest/capabilities'
import type { GivenWaiver } from '../publishing/publishing-collections.ts'
import type { Flags } from './flags.ts'
import type { ReviewClaim, ReviewDocument, ReviewMessageDocument, Verdict } from './review-collections.ts'
import type { Risk } from './risk.ts'

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
  /** Why it has its place in the queue. */
  risk: Risk
  /** What waits for somebody, and since when. */
  flags: Flags
  /** With the verdict. */
  waivers?: GivenWaiver[]
  /** What stood against an approval without a person. */
  automatic?: { at: string; refusals: string[] }
  /** Raised on each change; a verdict may name the one that it was made on. */
  rev: number
}

/** An entry of the queue. */
export interface QueuedReview extends Review {
  /** When a decision is likely, ISO 8601; absent while too few were decided to tell. */
  expectedBy?: string
}

/** With what the reviewer decides on. */
export interface ReviewDetail extends Review {
  manifest: Manifest
  capabilities: Capabilities
  readme: string
  changelog?: string
  files: { path: string; size: number }[]
  findings: Finding[]
  report: Pick<Report, 'ruleSet' | 'executions' | 'use' | 'measured'>
  /** Waivers of the last approved version that hold for this one too. */
  carried: GivenWaiver[]
  /** Findings that an approval needs a waiver for. */
  open: { rule: string; message: string; file?: string }[]
  /** The version that `latest` names now. */
  latest?: string
  /** The version that went public last: what `difference` and `behaviour` compare with. */
  lastApproved?: string
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
  const { verdict, reasons, decidedBy, decidedAt, risk, flags, waivers, automatic } = document
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
    risk,
    flags,
    ...(waivers === undefined ? {} : { waivers }),
    ...(automatic === undefined ? {} : { automatic }),
    rev,
  }
}

export function messageView({ _id: id, author, side, text, at }: ReviewMessageDocument): ReviewMessage {
  return { id, author, side, text, at }
}
