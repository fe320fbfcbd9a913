const BASE_MS = 1_000

/** No wait in the queue is longer, whoever asks for it. */
export const MAX_BACKOFF_MS = 6 * 60 * 60 * 1_000

/**
 * Milliseconds to wait before the attempt after `attempts` failed ones: a random share of 1 s · 2^attempts ("full
 * jitter"), so that jobs which failed together do not come back together. `random` gives a number in [0, 1).
 */
export function fullJitter(attempts: number, random: () => number): number {
  const ceiling = Math.min(MAX_BACKOFF_MS, BASE_MS * 2 ** Math.min(attempts, 30))
  return Math.floor(random() * ceiling)
}
