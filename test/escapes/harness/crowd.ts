import type { ActiveInstallation } from '../../../runtime/installation-source.ts'
import type { InvocationOutcome } from '../../../runtime/invocations/invocation.ts'
import { isTakenAlong } from './bystander.ts'
import { BUSY_HANDLER } from './entry-script.ts'
import type { Stack } from './open-stack.ts'

export interface Crowd {
  /** Ends the runs; the answer is what was wrong with how they went. */
  disperse(): Promise<string[]>
}

/**
 * An honest run of each installation that is under way until `disperse`, and starts again when it is through. One whose
 * installation got other code meanwhile goes on with the old, and does not start again.
 */
export function gatherCrowd(stack: Stack, installations: readonly ActiveInstallation[]): Crowd {
  const controller = new AbortController()
  const wrong: string[] = []

  async function keepRunning(installation: ActiveInstallation): Promise<void> {
    const { organizationId, id, digest } = installation
    const request = { organizationId, installationId: id, handler: BUSY_HANDLER, args: [], reason: 'test' } as const
    while (!controller.signal.aborted && installation.digest === digest) {
      const outcome = await stack.invocations.invoke({ ...request, signal: controller.signal })
      if (!isFair(outcome)) wrong.push(`${id}: ${JSON.stringify(outcome)}`)
      if (wrong.length > 0) return
    }
  }

  const runs = installations.map(keepRunning)
  return {
    async disperse() {
      controller.abort()
      await Promise.all(runs)
      return wrong
    },
  }
}

/** That the crowd stands where it must: all of the attacker's organization in one process. Throws when it does not. */
export function checkCrowd({ sandbox }: Stack, { organizationId }: ActiveInstallation): void {
  const processes = sandbox.status().children.filter((child) => child.organizationId === organizationId)
  if (processes.length !== 1) throw new Error(`${processes.length} processes serve ${organizationId}: no crowd`)
}

function isFair(outcome: InvocationOutcome): boolean {
  return outcome.ok ? outcome.value === 'fine' : outcome.failure.class === 'CANCELLED' || isTakenAlong(outcome)
}
