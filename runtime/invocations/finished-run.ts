import type { ActiveInstallation } from '../installation-source.ts'
import type { RunFailure } from '../sandbox/run.ts'
import type { InvocationReason } from './invocation.ts'
import type { MeteredUsage } from './run-usage.ts'

/** A run that is over, for whoever counts. */
export interface FinishedRun {
  installation: ActiveInstallation
  reason: InvocationReason
  failure?: RunFailure
  usage: MeteredUsage
}
