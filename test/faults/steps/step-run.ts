/**
 * A process that works through a scenario and is killed right after its n-th durable write, before anybody learns of it.
 * Prints `done <writes>` when it came to the end alive.
 */
import type { StoreEngine } from '../../../runtime/storage/open-store.ts'
import { createManualClock } from '../../runtime/audit/manual-clock.ts'
import { watchWrites } from './killing-store.ts'
import { SCENARIOS } from './scenarios.ts'

const [engine = '', name = '', round = '', now = '', at = ''] = process.argv.slice(2)
const teardowns: (() => unknown)[] = []
let left = Number(at)
let writes = 0

const scenario = SCENARIOS.find((one) => one.name === name)
if (!scenario) throw new Error(`there is no scenario ${name}`)
await scenario.act(
  { teardown: (ending: () => unknown) => void teardowns.unshift(ending) },
  {
    engine: JSON.parse(engine) as StoreEngine,
    clock: createManualClock(now),
    watch: (store) => watchWrites(store, count, () => process.kill(process.pid, 'SIGKILL')),
  },
  Number(round),
)
for (const ending of teardowns) await ending()
process.stdout.write(`done ${writes}\n`)

function count(): boolean {
  writes++
  return --left === 0
}
