/** Milliseconds of `work`: the median of `rounds`, after `warmUp` that do not count. */
export async function medianMs(rounds: number, warmUp: number, work: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < warmUp; i++) await work()
  const times: number[] = []
  for (let i = 0; i < rounds; i++) {
    const began = performance.now()
    await work()
    times.push(performance.now() - began)
  }
  return median(times)
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
