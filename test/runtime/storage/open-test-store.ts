import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { type Clock, systemClock } from '../../../runtime/clock.ts'
import { createIds, type Ids } from '../../../runtime/ids.ts'
import { openStore, type StoreEngine } from '../../../runtime/storage/open-store.ts'
import type { Collection, Store, Stored } from '../../../runtime/storage/port.ts'

/**
 * An empty store on the engine that `TEST_ENGINE` names: `sqlite` (if absent; in memory) or `mongodb`, on the server
 * of `MONGODB_URI` in a database of its own. Closed and
 * dropped when `t` ends. With `engine` it is that store, which stays.
 */
export async function openTestStore(
  t: Pick<Test, 'teardown'>,
  collections: readonly Collection<Stored>[],
  options: { clock?: Clock; ids?: Ids; engine?: StoreEngine } = {},
): Promise<Store> {
  const engine = options.engine ?? testEngine()
  const clock = options.clock ?? systemClock
  const ids = options.ids ?? createIds(() => clock.now())
  const store = await openStore({ engine, collections, clock, ids })
  t.teardown(async () => {
    await store.close()
    if (engine.kind === 'mongodb' && engine !== options.engine) await dropDatabase(engine)
  })
  return store
}

/** A place for a new store; on MongoDB the name of a database that does not exist yet. */
export function testEngine(kind: string | undefined = process.env.TEST_ENGINE): StoreEngine {
  if (kind === undefined || kind === '' || kind === 'sqlite') return { kind: 'sqlite', path: ':memory:' }
  if (kind !== 'mongodb') throw new Error(`TEST_ENGINE is sqlite or mongodb, not ${kind}`)
  const uri = process.env.MONGODB_URI
  if (!uri) throw new Error('MONGODB_URI names no server to test on')
  return { kind: 'mongodb', uri, database: `annex_test_${randomBytes(6).toString('hex')}` }
}

/** Removes a test's database from the server. */
export async function dropDatabase(engine: StoreEngine & { kind: 'mongodb' }): Promise<void> {
  const { MongoClient } = await import('mongodb')
  const client = new MongoClient(engine.uri)
  try {
    await client.db(engine.database).dropDatabase()
  } finally {
    await client.close()
  }
}
