const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Times in milliseconds, sizes in bytes. */
export const DOMAIN_LIMITS = {
  /** Checks that one publisher may ask for in an hour. */
  checksPerHour: 20,
  /** One look at a domain, from the first packet to the last. */
  lookMs: 5_000,
  /** The whole file at the well-known place. */
  fileBytes: 4 * 1024,
  /** Between two looks at a proven domain. */
  recheckMs: 7 * DAY_MS,
  /** Until the next look when the last one met no answer. */
  retryMs: DAY_MS,
  /** How long the answers of a domain may lack the token before the publisher's mark goes. */
  graceMs: 30 * DAY_MS,
  /** Domains looked at in one round of housekeeping, and how many of them at once. */
  perSweep: 20,
  atOnce: 10,
} as const
