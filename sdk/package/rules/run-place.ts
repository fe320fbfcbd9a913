import type { Manifest } from '@annex/sdk/manifest'
import type { Observation } from '../finding.ts'
import type { PackageReport } from '../report.ts'
import type { TrialRun } from '../trial.ts'

type Place = Pick<Observation, 'file' | 'line' | 'column'>

/** Where a run failed; else the fixture that it was, or the entry that was loaded. */
export function runPlace({ manifest }: PackageReport, { failure, fixture }: TrialRun): Place {
  if (failure?.file !== undefined) {
    const { file, line, column } = failure
    return { file, ...(line !== undefined && { line }), ...(column !== undefined && { column }) }
  }
  return { file: fixture === undefined ? entryOf(manifest) : caseFile(fixture) }
}

export function caseFile(fixture: string): string {
  return `fixtures/${fixture}/case.json`
}

/** The manifest passed its rules. */
export function entryOf(manifest: PackageReport['manifest']): string {
  return (manifest as unknown as Manifest).annex.entry
}
