const DAY_MS = 24 * 3_600_000

export const ANALYTICS_LIMITS = {
  /** How long a count may wait to be written: what a crash loses at the most. */
  groupMs: 1_000,
  /** Counts that wait while the store takes none; more are dropped, and the log says so. */
  waiting: 20_000,
  /** Organizations of one extension that are written in one commit. */
  commit: 200,
  /** Figures of fewer organizations than this would tell of one of them. */
  crowd: 5,
  /** Days of one report. */
  reportDays: 400,
  /** Rows (a version and day each) of one report. */
  reportRows: 10_000,
  /** Rows (an organization, version and day each) that are looked at to count organizations; with more it is a floor. */
  figureRows: 200_000,
  /** Milliseconds between two counts of organizations. */
  figuresEveryMs: 3_600_000,
  keepMs: 400 * DAY_MS,
} as const
