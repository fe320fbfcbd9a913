import type { Finding } from '@annex/package/finding'
import type { Terminal } from './terminal.ts'

const COLOURS = { error: 'red', review: 'yellow', warning: 'yellow', note: 'dim' } as const
const ORDER = ['error', 'review', 'warning', 'note']

/** Findings for people, the gravest first: rule, place, what is wrong, how to mend it. */
export function showFindings(terminal: Terminal, findings: readonly Finding[]): string[] {
  return findings
    .toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity))
    .flatMap(({ severity, rule, message, fix, ...place }) => [
      `${terminal.paint(COLOURS[severity] ?? 'dim', severity)} ${rule} ${message}`,
      ...(place.file ? [`  where: ${placeOf(place)}`] : []),
      `  mend:  ${fix}`,
    ])
}

/** `2 errors, 1 warning`; `no findings`. */
export function countFindings(findings: readonly Finding[]): string {
  const counts = ORDER.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length
    return count === 0 ? [] : [`${count} ${severity}${count === 1 || severity === 'review' ? '' : 's'}`]
  })
  return counts.length === 0 ? 'no findings' : counts.join(', ')
}

/** `src/index.ts:12:3`, `package.json:7 at /annex/egress`. */
export function placeOf({
  file,
  line,
  column,
  pointer,
}: Omit<Finding, 'rule' | 'severity' | 'message' | 'fix'>): string {
  const at = line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column}`}`
  return `${file}${at}${pointer ? ` at ${pointer}` : ''}`
}
