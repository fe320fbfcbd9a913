import type { Transaction } from '../../runtime/storage/port.ts'

/** What review must know of a package that passed its check. */
export interface ReviewCase {
  submissionId: string
  publisher: string
  /** `@publisher/name`. */
  extension: string
  version: string
  /** SHA-256 (hex): a verdict is about these bytes and no others. */
  digest: string
  /** Bytes of code that the last approved version has not. */
  changedCode: number
}

/** What the queue says of a case that was just opened. */
export interface OpenedReview {
  id: string
  band: string
  /** ISO 8601; absent while too few were decided to tell. */
  expectedBy?: string
}

/** Where publishing hands over to review. All but `ready` run in publishing's own commit. */
export interface ReviewDesk {
  /** Before the transaction of `publishUnreviewed`. */
  ready(): Promise<void>
  /** Publishes what only the publisher's own organizations see: it passed validation, and nobody looks at it. */
  publishUnreviewed(tx: Transaction, versionId: string): Promise<void>
  /** Puts the case into the queue; the version and the submission with its findings are written before. */
  open(tx: Transaction, reviewCase: ReviewCase): Promise<OpenedReview>
  /** Takes it out again. */
  callOff(tx: Transaction, reviewId: string): Promise<void>
  /** A published version was held against the rules of today; all of its extension's are sound, or not. */
  rechecked(tx: Transaction, extension: string, sound: boolean): Promise<void>
}
