/** One measurement; printed as one JSON line. */
export interface BenchResult {
  name: string
  value: number
  unit: 'ms' | 'records/s' | 'requests/s'
  /** `value` divided by the same measurement of `against`. */
  ratio: number
  /** What it is held against, under the same V8 flags. */
  against: string
}

export function result(
  name: string,
  unit: BenchResult['unit'],
  ours: number,
  theirs: number,
  against: string,
): BenchResult {
  return { name, value: rounded(ours), unit, ratio: rounded(ours / theirs), against }
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
