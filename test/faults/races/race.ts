import type { Random } from '../random.ts'
import { rounds } from '../seed.ts'
import type { Meeting } from './meeting.ts'

export interface Race {
  main(): Promise<unknown>
  rival(): Promise<unknown>
  /** `waited`: the main act stood between two steps while the rival was done. */
  check(waited: boolean): Promise<void>
}

/** Moments per kind of meeting that a short run tries; a long one tries many. */
const SHORT = 1

/**
 * The same race again and again, each time met at another moment: first one after the other, which tells how many moments
 * there are, then between two steps, then side by side.
 */
export async function race(
  meeting: Meeting,
  random: Random,
  prepare: (round: number) => Promise<Race>,
  { short = SHORT }: { short?: number } = {},
): Promise<void> {
  let moments = { between: Number.POSITIVE_INFINITY, beside: Number.POSITIVE_INFINITY }
  for (let round = 0; round <= 2 * rounds(short); round++) {
    const how = round % 2 === 0 ? 'between' : 'beside'
    const { main, rival, check } = await prepare(round)
    const at = round === 0 ? Number.POSITIVE_INFINITY : random.between(1, moments[how])
    const { calls, waited } = await meeting.hold(how, at, main, rival)
    if (round === 0) moments = calls
    await check(waited)
  }
}
