import type { Json } from '@annex/sdk/json'
import type { ActiveInstallation } from '../../runtime/installation-source.ts'
import type { InvocationOutcome, Invocations } from '../../runtime/invocations/invocation.ts'
import type { StoredInstallationSource } from './installation-source.ts'

/** How a lifecycle run ended. */
export type LifecycleOutcome = { ok: true; value: Json } | { ok: false; code: string; message: string; retryable: boolean }

/** Runs of an installation that is not active: before it becomes so, and after. */
export interface Lifecycle {
  /** Loads the code under the grant that it will have, and asks what it is. */
  probe(installation: ActiveInstallation): Promise<LifecycleOutcome>
  /** Calls a life-cycle handler of the extension. */
  call(installation: ActiveInstallation, handler: 'onInstall' | 'onUninstall'): Promise<LifecycleOutcome>
}

/** `onUninstall` is a courtesy: it may not hold up the uninstalling. */
const WALL_MS = { probe: 10_000, onInstall: 30_000, onUninstall: 5_000 } as const

export function createLifecycle(deps: { source: StoredInstallationSource; invocations: Invocations }): Lifecycle {
  const { source, invocations } = deps

  async function run(installation: ActiveInstallation, handler: string, wallMs: number): Promise<LifecycleOutcome> {
    const { organizationId, id: installationId } = installation
    const leave = source.stage(installation)
    try {
      const request = { organizationId, installationId, handler: [handler], args: [], reason: 'lifecycle' } as const
      return outcomeOf(await invocations.invoke({ ...request, limits: { wallMs } }))
    } finally {
      leave()
    }
  }

  return {
    probe: (installation) => run(installation, '$describe', WALL_MS.probe),
    call: (installation, handler) => run(installation, handler, WALL_MS[handler]),
  }
}

function outcomeOf(outcome: InvocationOutcome): LifecycleOutcome {
  if (outcome.ok) return { ok: true, value: outcome.value }
  const { code, message, retryable } = outcome.failure
  return { ok: false, code, message, retryable }
}
