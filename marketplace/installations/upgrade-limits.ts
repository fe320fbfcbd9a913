/** How an upgrade is watched. Milliseconds; runs are those of the new version, life-cycle runs aside. */
export const UPGRADE_LIMITS = {
  /** For so long after the change of versions its runs are looked at, */
  watchMs: 10 * 60_000,
  /** or for so many runs, whichever comes first. */
  watchRuns: 200,
  watchEveryMs: 5_000,
  /** At least so many failures that are the version's own, */
  failures: 3,
  /** and at least this share of the runs: then it goes back by itself. */
  failedShare: 0.5,
} as const
