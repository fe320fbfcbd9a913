import { randomInt } from 'node:crypto'
import type { Test } from 'tap'
import { createRandom, type Random } from './random.ts'

/** A new seed for each run, or that of TEST_SEED; printed, so that a failure can be had again. */
export function seededRandom(t: Pick<Test, 'comment'>): Random {
  const random = createRandom(Number(process.env.TEST_SEED ?? randomInt(2 ** 32)))
  t.comment(`TEST_SEED=${random.seed} repeats this run`)
  return random
}

/** How often a fault is tried: `short` in `npm test`, more in the long mode. */
export function rounds(short: number): number {
  return Number(process.env.TEST_ROUNDS ?? short)
}
