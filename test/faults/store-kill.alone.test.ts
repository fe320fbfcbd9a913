import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { systemClock } from '../../runtime/clock.ts'
import { createIds } from '../../runtime/ids.ts'
import { openStore, type StoreEngine } from '../../runtime/storage/open-store.ts'
import { outboxEvents } from '../../runtime/storage/outbox-collections.ts'
import type { Collection, Store, Stored } from '../../runtime/storage/port.ts'
import { quickStartEnvironment } from '../runner/quick-start-environment.ts'
import { checkInvariants } from './checker.ts'
import { eventually } from './eventually.ts'
import { groupBy } from './group-by.ts'
import { halves } from './halves.ts'
import { outboxHasNoGaps } from './invariants/outbox-has-no-gaps.ts'
import { rounds, seededRandom } from './seed.ts'
import { startProcess } from './started-process.ts'
import { testEngine } from './test-engine.ts'

const WRITER = fileURLToPath(new URL('store-writer.ts', import.meta.url))

t.test('kill -9 of a writer loses nothing acknowledged and leaves nothing by halves', async (t) => {
  const random = seededRandom(t)
  const { engine } = testEngine(t, t.testdir())
  const acknowledged: number[] = []
  for (let round = 0; round < rounds(4); round++) {
    const args = [JSON.stringify(engine), String(round * 1_000_000), 'together']
    acknowledged.push(...(await writeUntilKilled(t, args, random.between(20, 250))))
  }
  t.not(acknowledged.length, 0)
  const store = await open(t, engine)
  t.same(await damages(store, acknowledged), [])
  t.same(await checkInvariants(store, [outboxHasNoGaps]), [])
})

t.test('a writer that commits each half for itself is found out', async (t) => {
  const { engine } = testEngine(t, t.testdir())
  const found = async (round: number): Promise<number> => {
    await writeUntilKilled(t, [JSON.stringify(engine), String(round * 1_000_000), 'apart'], 20)
    const store = await open(t, engine)
    const { length } = await damages(store, [])
    await store.close()
    return length === 0 && round < 20 ? found(round + 1) : length
  }
  t.not(await found(0), 0)
})

async function open(t: Test, engine: StoreEngine): Promise<Store> {
  const store = await openStore({ engine, collections: [halves], clock: systemClock, ids: createIds(Date.now) })
  t.teardown(() => store.close())
  return store
}

/** Pairs that were acknowledged and are not there, halves, and pairs without their one event. */
async function damages(store: Store, acknowledged: readonly number[]): Promise<string[]> {
  const pairs = groupBy(await readAll(store, halves), ({ pair }) => String(pair))
  const events = groupBy(await readAll(store, outboxEvents), ({ payload }) => String(payload))
  const lost = acknowledged.filter((pair) => !pairs.has(String(pair))).map((pair) => `${pair} is lost`)
  const broken = [...pairs].filter(([, group]) => group.length !== 2).map(([pair]) => `${pair} is half`)
  const silent = [...new Set([...pairs.keys(), ...events.keys()])]
    .filter((pair) => events.get(pair)?.length !== 1 || !pairs.has(pair))
    .map((pair) => `${pair} has ${events.get(pair)?.length ?? 0} events`)
  return [...lost, ...broken, ...silent]
}

/** The pairs that the writer had printed `afterMs` after its first one. */
async function writeUntilKilled(t: Test, args: string[], afterMs: number): Promise<number[]> {
  const writer = startProcess(t, { entry: WRITER, args, env: quickStartEnvironment() })
  let ended = false
  writer.ended.then(() => {
    ended = true
  })
  const stopped = () => (ended ? writer.output() : undefined)
  const written = async () => (/^\d+$/m.test(writer.output()) ? true : undefined)
  await eventually('the writer writes', written, { withinMs: 20_000, everyMs: 5, stopped })
  await sleep(afterMs)
  await writer.kill()
  // The last line may be cut by the kill; a number cut short would be another pair's.
  return writer
    .output()
    .split('\n')
    .slice(0, -1)
    .filter((line) => /^\d+$/.test(line))
    .map(Number)
}

async function readAll<T extends Stored>(store: Store, from: Collection<T>): Promise<T[]> {
  const found: T[] = []
  let cursor: string | undefined
  do {
    const query = { limit: 1000, ...(cursor === undefined ? {} : { cursor }) }
    const page = await store.asSystem('reads back what a killed writer left')(from).find(query)
    found.push(...page.data)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return found
}
