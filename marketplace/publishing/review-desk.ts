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
}

/** Where publishing hands over to review. Both run in publishing's own commit. */
export interface ReviewDesk {
  /** Puts the case into the queue; the review's id. */
  open(tx: Transaction, reviewCase: ReviewCase): Promise<string>
  /** Takes it out again. */
  callOff(tx: Transaction, reviewId: string): Promise<void>
}
