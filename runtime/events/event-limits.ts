/** Reactions in a row, each to a change that the one before made; the next one is not run. */
export const MAX_DEPTH = 8

/** Tries of one delivery; then it is dead, until an admin has it tried anew. */
export const MAX_ATTEMPTS = 5

/** How long deliveries that ended are kept, in milliseconds. */
export const KEEP_MS = 30 * 24 * 3_600_000

/** How long a delivery waits for the one before it in its lane, if nothing wakes it. */
export const LANE_WAIT_MS = 2_000
