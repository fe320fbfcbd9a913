import type { Json } from '@annex/sdk/json'
import type { ActiveInstallation } from '../../runtime/installation-source.ts'
import type { InvocationOutcome, Invocations } from '../../runtime/invocations/invocation.ts'

/** How a lifecycle run ended. */
export type LifecycleOutcome =
  | { ok: true; value: Json }
  | { ok: false; code: string; message: string; retryable: boolean }

/** A version that is not active, for one run. */
export interface StagedRun {
  installation: ActiveInstallation
  /** Asked before each of its calls: whether it may still act. */
  holds(): Promise<boolean>
  signal: AbortSignal
}

/** Runs of an installation that is not active: before it becomes so, and after; and of a version beside the active one. */
export interface Lifecycle {
  /** Loads the code under the grant that it will have, and asks what it is. */
  probe(run: StagedRun): Promise<LifecycleOutcome>
  /** Calls a handler of the extension. */
  call(run: StagedRun, handler: LifecycleHandler, args?: readonly Json[]): Promise<LifecycleOutcome>
}

export type LifecycleHandler = 'check' | 'onInstall' | 'onUpgrade' | 'onUninstall'

/** `onUninstall` is a courtesy: it may not hold up the uninstalling. */
const WALL_MS = { $describe: 10_000, check: 15_000, onInstall: 30_000, onUpgrade: 30_000, onUninstall: 5_000 } as const

export function createLifecycle({ invocations }: { invocations: Invocations }): Lifecycle {
  async function run(
    { installation, holds, signal }: StagedRun,
    handler: keyof typeof WALL_MS,
    args: readonly Json[] = [],
  ): Promise<LifecycleOutcome> {
    const { organizationId, id: installationId } = installation
    const outcome = await invocations.invoke({
      ...{ organizationId, installationId, handler: [handler], args, reason: 'lifecycle', signal },
      staged: async () => ((await holds()) ? installation : undefined),
      limits: { wallMs: WALL_MS[handler] },
    })
    return outcomeOf(outcome)
  }

  return { probe: (staged) => run(staged, '$describe'), call: run }
}

function outcomeOf(outcome: InvocationOutcome): LifecycleOutcome {
  if (outcome.ok) return { ok: true, value: outcome.value }
  const { code, message, retryable } = outcome.failure
  return { ok: false, code, message, retryable }
}
