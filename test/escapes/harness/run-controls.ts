import type { Test } from 'tap'
import { type Attack, modesOf } from './attack.ts'
import type { Payload } from './control.ts'
import { attackScript } from './entry-script.ts'
import type { Stack } from './open-stack.ts'
import { buildBareWorld, runBare } from './run-bare.ts'
import { strike } from './strike.ts'

const CONTROLS_AT_ONCE = 2
const TRIES = 4

/** What harm each attack does without its defence, in order; all are shown before the first attack, to disturb none. */
export async function runControls(t: Test, stack: Stack, attacks: readonly Attack[]): Promise<(string | undefined)[]> {
  const program = await buildBareWorld(t.testdir())
  const verdicts: (string | undefined)[] = []
  const queue = [...attacks.entries()]
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, attack] = next
      verdicts[index] = await harmOf(attack, payloadOf(stack, program, attack))
    }
  }
  await Promise.all(Array.from({ length: CONTROLS_AT_ONCE }, worker))
  return verdicts
}

/** When the garbage collector goes round, or who gets the processor, is not ours to say: harm that is there shows in a few tries. */
async function harmOf(attack: Attack, payload: Payload): Promise<string | undefined> {
  for (let tries = 1; ; tries++) {
    const harm = await attack.control(payload)
    if (harm !== undefined || tries === TRIES) return harm
  }
}

function payloadOf(stack: Stack, program: string, attack: Attack): Payload {
  const [mode] = modesOf(attack)
  if (!mode) throw new Error(`${attack.title}: no mode fits`)
  const script = attackScript(attack, mode)
  const { args = [], times = 1 } = attack
  return {
    source: script.source,
    handler: script.handler,
    args,
    times,
    bare: (request, look, patienceMs) => runBare(program, request, look, patienceMs),
    async granted(installation) {
      const attacker = stack.install(script.source, { ...attack.installation, ...installation })
      const { strikes, falseStarts } = await strike(stack, attacker, { ...attack, times: 1 }, script)
      const outcome = strikes[0]?.outcome ?? falseStarts[0]
      if (!outcome) throw new Error(`${attack.title}: it never ran`)
      return outcome
    },
  }
}
