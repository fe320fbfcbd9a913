/** Of the list, and of how nodes follow it. */
export const KILL_LIST_LIMITS = {
  /** Milliseconds between two looks of a node: what another node wrote is known within a second, aborting included. */
  pollMs: 300,
  /** A node that could not read the list for longer starts nothing new. */
  staleMs: 60_000,
  /** All that were ever written: every node holds them in memory. */
  entries: 20_000,
  /** Entries of one answer to outsiders. */
  page: 1_000,
} as const
