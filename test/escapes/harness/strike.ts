import type { ActiveInstallation } from '../../../runtime/installation-source.ts'
import type { InvocationOutcome } from '../../../runtime/invocations/invocation.ts'
import type { Attack } from './attack.ts'
import { ATTACK_LIMITS } from './attack-limits.ts'
import type { AttackScript } from './entry-script.ts'
import type { Stack } from './open-stack.ts'

/** One run of an attack, as its caller saw it. */
export interface Strike {
  outcome: InvocationOutcome
  elapsedMs: number
}

export interface Strikes {
  strikes: Strike[]
  /** What came in the place of the calm pages that a generator yields before it attacks. */
  falseStarts: InvocationOutcome[]
}

/** Runs an attack as often as it asks for. The attacker has the attack's script. */
export async function strike(
  stack: Stack,
  attacker: ActiveInstallation,
  attack: Attack,
  script: AttackScript,
): Promise<Strikes> {
  const struck: Strikes = { strikes: [], falseStarts: [] }
  const { times = 1, atOnce = 1 } = attack
  for (let done = 0; done < times; done += atOnce) {
    const count = Math.min(atOnce, times - done)
    await Promise.all(Array.from({ length: count }, () => strikeOnce(stack, attacker, attack, script, struck)))
  }
  return struck
}

async function strikeOnce(
  { invocations, canary }: Stack,
  { organizationId, id }: ActiveInstallation,
  { limits, args = [], cancelAfterMs }: Attack,
  { handler, calmPages }: AttackScript,
  { strikes, falseStarts }: Strikes,
): Promise<void> {
  const run = await invocations.open({
    organizationId,
    installationId: id,
    handler,
    args,
    reason: 'test',
    credentials: { apiKey: canary },
    limits: { ...ATTACK_LIMITS, ...limits },
    ...(cancelAfterMs !== undefined && { signal: AbortSignal.timeout(cancelAfterMs) }),
  })
  try {
    for (let page = 0; page < calmPages; page++) {
      const outcome = await run.next()
      if (!outcome.ok) return void falseStarts.push(outcome)
    }
    strikes.push(await timed(() => run.next()))
  } finally {
    await run.close()
  }
}

export async function timed(work: () => Promise<InvocationOutcome>): Promise<Strike> {
  const started = performance.now()
  const outcome = await work()
  return { outcome, elapsedMs: performance.now() - started }
}
