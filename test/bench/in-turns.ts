export interface Measured {
  ours: number[]
  theirs: number[]
}

/** One round: a list of measurements. */
type Round = () => Promise<readonly number[]>

/**
 * Measures two ways round by round, each first in every other round, so that noise of the machine hits both alike. What
 * the first `warmUp` rounds say does not count.
 */
export async function inTurns(ours: Round, theirs: Round, rounds: number, warmUp = 2): Promise<Measured> {
  const measured: Measured = { ours: [], theirs: [] }
  for (let round = -warmUp; round < rounds; round++) {
    for (const side of round % 2 === 0 ? (['ours', 'theirs'] as const) : (['theirs', 'ours'] as const)) {
      const times = await (side === 'ours' ? ours() : theirs())
      if (round >= 0) measured[side].push(...times)
    }
  }
  return measured
}

/** `work` one after the other, `times` over: the milliseconds of each. */
export async function timed(times: number, work: () => Promise<unknown>): Promise<number[]> {
  const measured: number[] = []
  for (let i = 0; i < times; i++) {
    const began = performance.now()
    await work()
    measured.push(performance.now() - began)
  }
  return measured
}
