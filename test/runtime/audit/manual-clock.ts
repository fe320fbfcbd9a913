import type { Clock } from '../../../runtime/clock.ts'

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /** Milliseconds. */
  move(milliseconds: number): void
}

export function createManualClock(start = '2026-03-01T08:00:00.000Z'): ManualClock {
  let now = Date.parse(start)
  return {
    now: () => now,
    iso: () => new Date(now).toISOString(),
    move(milliseconds) {
      now += milliseconds
    },
  }
}
