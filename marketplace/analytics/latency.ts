/** The upper ends of the buckets, in milliseconds; the last bucket has none. */
const ENDS = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000] as const

/** How many runs took how long, by bucket. */
export type Histogram = { [bucket: string]: number }

/** Milliseconds under which so many of a hundred runs stayed. */
export type Latency = { p50: number; p95: number; p99: number }

/** The bucket of a run: `under250`, or `over`. */
export function bucketOf(wallMs: number): string {
  const end = ENDS.find((each) => wallMs < each)
  return end === undefined ? 'over' : `under${end}`
}

/** Within a bucket the runs are taken to lie evenly. `undefined` without runs. */
export function latencyOf(histogram: Histogram): Latency | undefined {
  const counts = [...ENDS.map((end) => histogram[`under${end}`] ?? 0), histogram.over ?? 0]
  const all = counts.reduce((sum, count) => sum + count, 0)
  if (all === 0) return undefined
  return { p50: quantile(counts, all * 0.5), p95: quantile(counts, all * 0.95), p99: quantile(counts, all * 0.99) }
}

function quantile(counts: readonly number[], rank: number): number {
  let before = 0
  for (const [at, count] of counts.entries()) {
    const start = ENDS[at - 1] ?? 0
    const end = ENDS[at] ?? start
    if (count > 0 && before + count >= rank) return Math.round(start + ((rank - before) / count) * (end - start))
    before += count
  }
  return ENDS[ENDS.length - 1] ?? 0
}
