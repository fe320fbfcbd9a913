import { setTimeout as sleep } from 'node:timers/promises'
import type { ActiveInstallation } from '../../../runtime/installation-source.ts'
import type { InvocationOutcome } from '../../../runtime/invocations/invocation.ts'
import { CALM_HANDLER } from './entry-script.ts'
import type { Stack } from './open-stack.ts'

/** What an installation met that was asked over and over during an attack. */
export interface Experience {
  installation: ActiveInstallation
  /** Calls that ended well, first or second try. */
  answered: number
  /** Of a single call, in milliseconds. */
  slowestMs: number
  /** Calls that were taken along by a neighbour's end, told so, and went well the second time. */
  retried: number
  /** Ends that nobody but the attacker may meet. */
  failures: string[]
}

export interface Bystander {
  /** Asks once more, and tells all. */
  stop(): Promise<Experience>
}

const PAUSE_MS = 10

/**
 * Asks an honest installation over and over. `sharing`: it may share its process with the attacker, so that a CRASH to
 * be retried is no failure.
 */
export function startBystander(stack: Stack, installation: ActiveInstallation, sharing: boolean): Bystander {
  const experience: Experience = { installation, answered: 0, slowestMs: 0, retried: 0, failures: [] }
  let over = false
  const asking = keepAsking()

  async function keepAsking(): Promise<void> {
    for (;;) {
      const last = over
      if (!(await ask()) && sharing) {
        if (await ask()) experience.retried++
        else experience.failures.push('a run that a neighbour had ended did not go well the second time either')
      }
      if (last) return
      await sleep(PAUSE_MS)
    }
  }

  /** False when the run may be tried again. */
  async function ask(): Promise<boolean> {
    const started = performance.now()
    const outcome = await callCalm(stack, installation)
    experience.slowestMs = Math.max(experience.slowestMs, performance.now() - started)
    if (outcome.ok && outcome.value === 'fine') experience.answered++
    else if (sharing && isTakenAlong(outcome)) return false
    else experience.failures.push(JSON.stringify(outcome))
    return true
  }

  return {
    async stop() {
      over = true
      await asking
      return experience
    },
  }
}

/** The end of a run that did nothing wrong and shared its process with one that did. */
export function isTakenAlong(outcome: InvocationOutcome): boolean {
  if (outcome.ok) return false
  const { class: ending, retryable, incident } = outcome.failure
  return ending === 'CRASH' && retryable && !incident
}

export function callCalm(
  { invocations }: Pick<Stack, 'invocations'>,
  { organizationId, id }: ActiveInstallation,
): Promise<InvocationOutcome> {
  return invocations.invoke({ organizationId, installationId: id, handler: CALM_HANDLER, args: [], reason: 'test' })
}
