import type { Transaction } from '../../runtime/storage/port.ts'

/** What the people behind a package are told of. The first part of a name is what it is about. */
export const AUTHOR_EVENTS = [
  'submission.received',
  'submission.validation_failed',
  'submission.validation_error',
  'submission.in_review',
  'review.claimed',
  'review.message',
  'review.changes_requested',
  'review.rejected',
  'review.approved',
  'version.recheck_found',
  'version.deprecated',
  'version.yanked',
  'version.removed',
  'rating.given',
  'extension.suspended',
  'extension.restored',
  'publisher.suspended',
  'publisher.restored',
  'publisher.domain_lost',
  'webhook.disabled',
] as const
export type AuthorEvent = (typeof AUTHOR_EVENTS)[number]

/** In front of an author's event in the outbox, so that no follower of the catalog takes it for one of its own. */
export const AUTHOR_PREFIX = 'author.'

export type AuthorFacts = {
  /** A user's id; told too, while no publisher is known. */
  uploadedBy?: string
  publisher?: string
  /** `@publisher/name`. */
  extension?: string
  version?: string
  submissionId?: string
  reviewId?: string
  /** Who did it: nobody is told of what they did themselves. */
  by?: string
  /** Reasons, rules, the message: what there is to say beside the facts. */
  texts?: string[]
  /** Of `submission.in_review`: where it stands, and when a decision is likely (ISO 8601). */
  band?: string
  expectedBy?: string
}

const MAX_TEXTS = 20
const MAX_TEXT = 4000

/** In the commit of what happened: it is told of exactly when it happened. */
export function tellAuthor(tx: Transaction, event: AuthorEvent, facts: AuthorFacts): void {
  const { texts, ...rest } = facts
  const named = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  const bounded = texts?.slice(0, MAX_TEXTS).map((text) => text.slice(0, MAX_TEXT).toWellFormed())
  const payload = { ...named, ...(bounded && bounded.length > 0 ? { texts: bounded } : {}) }
  tx.emit({ partition: 'system', type: `${AUTHOR_PREFIX}${event}`, payload })
}
