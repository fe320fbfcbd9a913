import type { BenchLine, Goal } from './bench-line.ts'

const HEAD = ['measurement', 'ours', 'peer', 'ratio', 'over', 'goal', 'met']

/** The lines for people: columns, then what is to be known of single lines. */
export function table(lines: readonly BenchLine[]): string {
  const rows = [HEAD, ...lines.map(cells)]
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const text = rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, column))
      .join('  ')
      .trimEnd(),
  )
  const notes = lines.flatMap(({ name, note }) => (note === undefined ? [] : [`${name}: ${note}`]))
  const peers = new Set(lines.flatMap(({ against }) => (against === undefined ? [] : [against])))
  return [...text, '', ...notes, ...(peers.size > 0 ? [`peers: ${[...peers].join('; ')}`] : [])].join('\n')
}

function cells({ name, unit, ours, peer, ratio, difference, goal, met }: BenchLine): string[] {
  const shown = (value: number | undefined) =>
    value === undefined ? '' : value.toLocaleString('en', { useGrouping: true, maximumSignificantDigits: 4 })
  return [
    name,
    `${shown(ours)} ${unit}`,
    shown(peer),
    shown(ratio),
    shown(difference),
    goal ? goalText(goal) : '',
    met === undefined ? '' : met ? 'yes' : 'NO',
  ]
}

function goalText({ of, atMost, atLeast }: Goal): string {
  const bound = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`
  return of === 'ours' ? bound : `${of === 'difference' ? 'over' : of} ${bound}`
}

/** Names to the left, numbers to the right. */
function pad(text: string, width: number, column: number): string {
  return column === 0 || column >= 5 ? text.padEnd(width) : text.padStart(width)
}
