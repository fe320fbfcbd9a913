import { setImmediate as turn } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Random } from './random.ts'

/** Refusals are what losing looks like; anything thrown fails the test. */
export type Act<P> = (place: P, random: Random) => Promise<unknown>

interface Batches<P> {
  /** One that stands twice comes twice as often. */
  acts: readonly Act<P>[]
  /** What must hold whenever nothing is under way: a line for each place where it does not. */
  check(place: P): Promise<readonly string[]>
  batches?: number
  /** Acts that begin together. */
  most?: number
  /** How many turns of the event loop later the last of them begins. */
  turns?: number
}

/** Batch after batch of acts of chance, each begun a few turns after the others; then everything must hold. */
export async function actsAtOnce<P>(
  t: Pick<Test, 'same'>,
  random: Random,
  place: P,
  { acts, check, batches = 25, most = 6, turns = 4 }: Batches<P>,
): Promise<void> {
  for (let batch = 0; batch < batches; batch++) {
    const chosen = Array.from({ length: random.between(1, most) }, () => ({
      act: random.pick(acts),
      after: random.between(0, turns),
    }))
    await Promise.all(
      chosen.map(async ({ act, after }) => {
        for (let i = 0; i < after; i++) await turn()
        await act(place, random)
      }),
    )
    const names = chosen.map(({ act }) => act.name)
    t.same(await check(place), [], `after batch ${batch}: ${names.join(', ')}`)
  }
}
