import type { Lifecycle, StagedRun } from './lifecycle.ts'
import type { StepOutcome } from './step-outcome.ts'

/** Loads the code in the cage under the grant that it will have, and holds what it says it is against its manifest. */
export async function probeHealth(lifecycle: Lifecycle, run: StagedRun): Promise<StepOutcome> {
  const outcome = await lifecycle.probe(run)
  if (!outcome.ok) return outcome
  const { value } = outcome
  const kind = typeof value === 'object' && value !== null && !Array.isArray(value) ? value.kind : undefined
  if (kind === run.installation.kind) return { ok: true }
  const message = `the code says that it is a ${String(kind)}, the manifest a ${run.installation.kind}`
  return { ok: false, code: 'EXTENSION_LOAD_FAILED', message, retryable: false }
}
