import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import { type InstallationDocument, toActive } from './installation-collections.ts'
import type { InstallationsDeps } from './installation-deps.ts'
import type { LifecycleOutcome, StagedRun } from './lifecycle.ts'
import { OUTSIDE_FAULTS } from './outside-faults.ts'
import type { StepOutcome } from './step-outcome.ts'

/**
 * Calls `check` of a staged version. Without the credentials of an integration it may well answer that it cannot sign in:
 * only code that breaks counts, and only if that of the version that runs does not break in the same place. Of a disabled
 * one nothing is run to compare with.
 */
export async function checkAnswers(
  { lifecycle, reports }: InstallationsDeps,
  { installation, target, run }: { installation: InstallationDocument; target: ReleaseFacts; run: StagedRun },
): Promise<StepOutcome> {
  const { describe } = (await reports.passed(target.reportId)).package
  if (!describe.handlers.includes('check')) return { ok: true }
  const answered = await lifecycle.call(run, 'check')
  if (!isBroken(answered)) return { ok: true }
  if (installation.state !== 'active') return answered
  const before = await lifecycle.call({ ...run, installation: toActive(installation) }, 'check')
  return isBroken(before) ? { ok: true } : answered
}

function isBroken(outcome: LifecycleOutcome): outcome is Extract<LifecycleOutcome, { ok: false }> {
  return !outcome.ok && !OUTSIDE_FAULTS.has(outcome.code)
}
