import type { Report } from './report.ts'

/** A report as it is stored, sent and compared: the same bytes wherever it was made, but for `measured`. */
export function reportText(report: Report): string {
  return `${JSON.stringify(report, undefined, 2)}\n`
}
