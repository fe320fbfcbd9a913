import { countFindings, showFindings } from './show-findings.ts'
import { exitOf, type Submission } from './submissions.ts'
import type { Terminal } from './terminal.ts'

/** One submission for people: what it is, where it stands, why, and what comes next. */
export function showSubmission(terminal: Terminal, submission: Submission): string[] {
  const { id, reviewStatus, findings, reasons, nextStep } = submission
  const colour = exitOf(submission) === 0 ? 'green' : 'red'
  return [
    `${nameOf(submission)}: ${terminal.paint(colour, reviewStatus)} (${countFindings(findings)})`,
    ...showFindings(terminal, findings),
    ...reasons.map((reason) => `reason: ${reason}`),
    `submission: ${id}`,
    ...(nextStep ? [`next: ${nextStep}`] : []),
  ]
}

/** Name and version; what could not be read far enough to learn them has neither. */
export function nameOf({ extension, version }: Submission): string {
  return extension === undefined ? 'unnamed package' : `${extension} ${version ?? ''}`.trimEnd()
}
