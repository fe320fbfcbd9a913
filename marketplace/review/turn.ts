import { isoPlus } from '../../runtime/clock.ts'
import type { RiskBand } from './risk.ts'

const HOUR_MS = 3_600_000

/** How much later a review may have come and still be looked at first: the more risk, the sooner. */
const LEAD_MS: Readonly<Record<RiskBand, number>> = { low: 0, elevated: 12 * HOUR_MS, high: 48 * HOUR_MS }

/**
 * What the queue is sorted by, the earliest first. Within a band that is who waits longest. Every hour of waiting counts
 * as much as any other, so a review of low risk is passed only by those of higher risk that came within two days of it,
 * and none waits for ever.
 */
export function turnOf(queuedAt: string, band: RiskBand): string {
  return isoPlus(queuedAt, -LEAD_MS[band])
}
