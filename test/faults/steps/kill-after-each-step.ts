import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { Store } from '../../../runtime/storage/port.ts'
import { openChecker } from '../../marketplace/rig/open-marketplace.ts'
import { quickStartEnvironment } from '../../runner/quick-start-environment.ts'
import { createManualClock } from '../../runtime/audit/manual-clock.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { openServiceStore } from '../open-service-store.ts'
import { seededRandom } from '../seed.ts'
import { startProcess } from '../started-process.ts'
import { testEngine } from '../test-engine.ts'
import type { Scenario } from './scenario.ts'

const ENTRY = fileURLToPath(new URL('step-run.ts', import.meta.url))
/** Longer than every lease. */
const AFTERWARDS_MS = 3_600_000
const MOST_STEPS = 200

/** Every write is tried in the long mode; a run in between tries one of so many, beginning with another each time. */
const STRIDE = process.env.TEST_ROUNDS === undefined ? 4 : 1

/**
 * Runs a scenario again and again, each time killed some writes later, and finishes each as its client would. Answers the
 * store that is left, and how many writes there are.
 */
export async function killAfterEachStep(t: Test, scenario: Scenario): Promise<{ store: Store; steps: number }> {
  const { engine, env } = testEngine(t, t.testdir())
  const clock = createManualClock()
  const guests = { checker: await openChecker(t), sandbox: await openSandbox(t) }
  const place = { engine, clock, guests }
  // Whatever is only done once, such as making a publisher, is done before.
  await inTurn((t) => scenario.act(t, place, 0))
  for (let at = seededRandom(t).between(1, STRIDE); at <= MOST_STEPS; at += STRIDE) {
    clock.move(AFTERWARDS_MS)
    const args = [JSON.stringify(engine), scenario.name, String(at), clock.iso(), String(at)]
    const child = startProcess(t, { entry: ENTRY, args, env: { ...quickStartEnvironment(), ...env } })
    const { code, signal } = await child.ended
    if (code === 0) {
      const steps = Number(/^done (\d+)$/m.exec(child.output())?.[1])
      const store = await openServiceStore({ store: { engine, env } })
      t.teardown(() => store.close())
      return { store, steps }
    }
    t.equal(signal, 'SIGKILL', `killed after write ${at}: ${child.output()}`)
    clock.move(AFTERWARDS_MS)
    await inTurn((t) => scenario.act(t, place, at))
  }
  throw new Error(`${scenario.name} has more than ${MOST_STEPS} steps`)
}

/** Everything that `work` opens is closed when it is done. */
async function inTurn(work: (t: Pick<Test, 'teardown'>) => Promise<void>): Promise<void> {
  const endings: (() => unknown)[] = []
  const teardown = ((ending: () => unknown) => void endings.unshift(ending)) as Test['teardown']
  try {
    await work({ teardown })
  } finally {
    for (const ending of endings) await ending()
  }
}
