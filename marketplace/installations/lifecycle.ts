import type { Json } from '@annex/sdk/json'
import type { ActiveInstallation } from '../../runtime/installation-source.ts'
import type { InvocationOutcome, Invocations } from '../../runtime/invocations/invocation.ts'
import type { StoredInstallationSource } from './installation-source.ts'

/** How a lifecycle run ended. */
export type LifecycleOutcome =
  | { ok: true; value: Json }
  | { ok: false; code: string; message: string; retryable: boolean }

/** Runs of an installation that is not active: before it becomes so, and after. */
export interface Lifecycle {
  /** Loads the code under the grant that it will have, and asks what it is. */
  probe(installation: ActiveInstallation, signal: AbortSignal): Promise<LifecycleOutcome>
  /** Calls a life-cycle handler of the extension. */
  call(
    installation: ActiveInstallation,
    handler: 'onInstall' | 'onUninstall',
    signal: AbortSignal,
  ): Promise<LifecycleOutcome>
  /** Takes the right to act from whatever such run is under way here. */
  end(installationId: string): void
}

/** `onUninstall` is a courtesy: it may not hold up the uninstalling. */
const WALL_MS = { $describe: 10_000, onInstall: 30_000, onUninstall: 5_000 } as const

export function createLifecycle(deps: { source: StoredInstallationSource; invocations: Invocations }): Lifecycle {
  const { source, invocations } = deps

  async function run(
    installation: ActiveInstallation,
    handler: keyof typeof WALL_MS,
    signal: AbortSignal,
  ): Promise<LifecycleOutcome> {
    const { organizationId, id: installationId } = installation
    const leave = source.stage(installation)
    try {
      const request = { organizationId, installationId, handler: [handler], args: [], reason: 'lifecycle' } as const
      return outcomeOf(await invocations.invoke({ ...request, signal, limits: { wallMs: WALL_MS[handler] } }))
    } finally {
      leave()
    }
  }

  return {
    probe: (installation, signal) => run(installation, '$describe', signal),
    call: run,
    end: (installationId) => source.unstage(installationId),
  }
}

function outcomeOf(outcome: InvocationOutcome): LifecycleOutcome {
  if (outcome.ok) return { ok: true, value: outcome.value }
  const { code, message, retryable } = outcome.failure
  return { ok: false, code, message, retryable }
}
