/** One measurement; printed as one JSON line. */
export interface BenchLine {
  name: string
  unit: Unit
  ours: number
  /** The same measurement of `against`. */
  peer?: number
  against?: string
  /** `ours` divided by `peer`. */
  ratio?: number
  /** `ours` less `peer`, of times. */
  difference?: number
  goal?: Goal
  met?: boolean
  /** What one must know to read it. */
  note?: string
}

export type Unit = 'ms' | 'calls/s' | 'records/s' | 'requests/s' | 'MB'

export interface Goal {
  of: 'ours' | 'ratio' | 'difference'
  atMost?: number
  atLeast?: number
}

interface Facts {
  peer?: { value: number; against: string }
  goal?: Goal
  note?: string
}

export function benchLine(name: string, unit: Unit, ours: number, { peer, goal, note }: Facts = {}): BenchLine {
  const line: BenchLine = { name, unit, ours: rounded(ours) }
  if (peer) {
    const { value, against } = peer
    Object.assign(line, { peer: rounded(value), against, ratio: rounded(ours / value) })
    if (unit === 'ms') line.difference = rounded(ours - value)
  }
  if (goal) Object.assign(line, { goal, met: isMet(goal, line[goal.of]) })
  if (note !== undefined) line.note = note
  return line
}

/** A value that is not there, or is no number, meets nothing. */
function isMet(
  { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY }: Goal,
  value?: number,
): boolean {
  return value !== undefined && value <= atMost && value >= atLeast
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
