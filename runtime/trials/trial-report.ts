import { completeReport } from '@annex/package/complete-report'
import { coveredPlatforms } from '@annex/package/covered-platforms'
import type { Report } from '@annex/package/report'
import type { CheckOptions } from '@annex/package/rule'
import type { Manifest } from '@annex/sdk/manifest'
import type { CheckResult } from '../sandbox/check-process.ts'
import type { PackageChecker } from '../sandbox/package-checker.ts'
import type { Sandbox } from '../sandbox/run.ts'
import { runTrial } from './run-trial.ts'
import { TrialUnfinished } from './trial-unfinished.ts'

export interface TrialParts {
  checker: PackageChecker
  sandbox: Sandbox
}

/**
 * The whole report of a package: what the rules say of its bytes and, if there is no error, of its runs. The same for
 * the same bytes on every machine but for what the runs took (`measured`).
 */
export async function trialReport(
  { checker, sandbox }: TrialParts,
  bytes: Uint8Array,
  options: CheckOptions = {},
): Promise<CheckResult<Report>> {
  const checked = await checker.check(bytes, options)
  if (!checked.ok || !checked.value.ok) return checked
  const { package: held, ...report } = checked.value
  if (!held) return { ok: false, code: 'CHECK_FAILED', message: 'The check gave no sound answer' }
  const extracted = await checker.extractTrial(bytes)
  if (!extracted.ok) return extracted
  const { annex } = held.manifest as unknown as Manifest
  const offered = coveredPlatforms(annex.platform)
  const platforms = offered.filter((version) => options.platformVersions?.includes(version) ?? true)
  try {
    const trial = await runTrial({ ...extracted.value, checker, sandbox, platforms })
    return { ok: true, value: completeReport({ ...report, package: held }, trial, options) }
  } catch (error) {
    if (!(error instanceof TrialUnfinished)) throw error
    return { ok: false, code: error.code, message: error.message }
  }
}
