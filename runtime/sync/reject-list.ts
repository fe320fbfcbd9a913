import type { Rejected } from './quarantine.ts'
import { SyncFailure } from './sync-failure.ts'

/** So many of a page's records were rejected that the fault is hardly in the records. Carries what was found. */
export class TooManyRejected extends SyncFailure {
  readonly rejected: readonly Rejected[]
  constructor(rejected: readonly Rejected[], message: string) {
    super('DATA_TRANSFORMATION_ERROR', message)
    this.rejected = rejected
  }
}

/** The rejected records of one page. */
export interface RejectList {
  readonly rejected: readonly Rejected[]
  /** Throws `TooManyRejected` when that is one too many. */
  add(rejected: Rejected): void
  /** Throws `TooManyRejected` if `more`, found while writing, were too many; adds nothing. */
  allow(more: readonly Rejected[]): void
}

/** A page below this size says nothing by its share. */
const SMALLEST_JUDGED_PAGE = 20
const MAX_SHARE = 0.5
const MAX_PER_RUN = 1_000

/** `size` is the page's number of records, `before` tells how many the run has quarantined already. */
export function createRejectList(size: number, before: () => number): RejectList {
  const rejected: Rejected[] = []

  function check(all: readonly Rejected[]): void {
    if (size >= SMALLEST_JUDGED_PAGE && all.length > size * MAX_SHARE) {
      throw new TooManyRejected(all, `more than half of a page of ${size} records were rejected: ${first(all)}`)
    }
    if (before() + all.length > MAX_PER_RUN) {
      throw new TooManyRejected(all, `more than ${MAX_PER_RUN} records were rejected in one run: ${first(all)}`)
    }
  }

  return {
    rejected,
    add(one) {
      rejected.push(one)
      check(rejected)
    },
    allow: (more) => check([...rejected, ...more]),
  }
}

/** The code alone: its message may quote the record, and more people see the run than its quarantine. */
function first([one]: readonly Rejected[]): string {
  return one ? `the first with ${one.code.slice(0, 64)}` : ''
}
