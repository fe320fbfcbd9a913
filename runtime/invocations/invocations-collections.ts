import type { StepLimits } from '../sandbox/run.ts'
import { type Collection, collection, type Stored } from '../storage/port.ts'
import type { InvocationReason } from './invocation.ts'
import type { MeteredUsage } from './run-usage.ts'
import { usageCounters } from './usage-collections.ts'

/** One finished run of an extension. */
export interface RunDocument extends Stored {
  installationId: string
  extension: string
  version: string
  handler: string
  reason: InvocationReason
  integrationId?: string
  outcome: 'succeeded' | 'failed'
  /** The end class and the code, with a failure. */
  failure?: { class: string; code: string; message: string; stack?: string; retryable: boolean; incident?: boolean }
  usage: MeteredUsage
  /** What each of its steps might use. */
  limits: { [limit in keyof StepLimits]: number }
  /** Pulled pages of a generator; 1 for a plain handler. */
  steps: number
  /** JSON of the lines: a guest's details may have keys that the store refuses. */
  logText: string
  startedAt: string
  endedAt: string
}

export const runs: Collection<RunDocument> = collection<RunDocument>({
  name: 'runs',
  scope: 'organization',
  indexes: {
    byInstallation: { fields: ['installationId', 'startedAt'] },
    byEnd: { fields: ['installationId', 'endedAt'] },
    byIntegration: { fields: ['integrationId', 'startedAt'] },
    byTime: { fields: ['startedAt'] },
    byAge: { fields: ['startedAt'], global: true },
  },
})

/** An installation that a node lets rest, as it kills its processes. `_id` is the installation's. */
export interface CircuitDocument extends Stored {
  /** The installation's when it opened: what an admin changes closes it. */
  epoch: number
  /** How the last process ended. */
  class: string
  deaths: number
  since: string
  until: string
}

export const circuits: Collection<CircuitDocument> = collection<CircuitDocument>({
  name: 'circuits',
  scope: 'organization',
  indexes: {},
})

export const invocationsCollections = [runs, circuits, usageCounters]
