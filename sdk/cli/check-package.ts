import type { Report } from '@annex/package/report'
import type { Sandbox } from '../../runtime/sandbox/run.ts'
import { type TrialParts, trialReport } from '../../runtime/trials/trial-report.ts'
import { CliError } from './cli-error.ts'
import { EXIT } from './exit-codes.ts'
import { withChecker } from './run-parts.ts'

/** What the server will say of the bytes: its own rules over them, and its own runs of them, in its own cages. */
export async function checkBytes(bytes: Uint8Array, sandbox: Sandbox): Promise<Report> {
  return withChecker((checker) => reportOf({ checker, sandbox }, bytes))
}

/** The same, for who checks several. Throws a `CliError` when there is no report. */
export async function reportOf(parts: TrialParts, bytes: Uint8Array): Promise<Report> {
  const result = await trialReport(parts, bytes)
  if (result.ok) return result.value
  throw new CliError(EXIT.failed, result.code, `The check could not finish: ${result.message}`, {
    fix: 'The server would refuse the package for the same reason: make it smaller or simpler',
  })
}
