import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { checkCollections } from './check-collections.ts'
import { createStore } from './create-store.ts'
import type { Engine } from './engine.ts'
import { outboxCollections } from './outbox-collections.ts'
import type { Collection, Store, Stored } from './port.ts'

/** `path` is the database file, or `:memory:` for a store that is gone when it closes. */
export type StoreEngine =
  | { kind: 'sqlite'; path: string }
  | {
      kind: 'mongodb'
      /** A replica set or a sharded cluster. */
      uri: string
      database: string
    }

/** Opens a store with its collections and indexes made; the outbox's own are added. Rejects when the engine does not answer. */
export async function openStore(deps: {
  engine: StoreEngine
  collections: readonly Collection<Stored>[]
  clock: Clock
  ids: Ids
}): Promise<Store> {
  const collections = [...new Set([...deps.collections, ...outboxCollections])]
  checkCollections(collections)
  const engine = await openEngine(deps.engine, collections, deps.clock)
  return createStore({ engine, collections, clock: deps.clock, ids: deps.ids })
}

/** The adapters are loaded when asked for: the MongoDB driver costs time and memory that SQLite's users need not pay. */
async function openEngine(
  engine: StoreEngine,
  collections: readonly Collection<Stored>[],
  clock: Clock,
): Promise<Engine> {
  if (engine.kind === 'sqlite') {
    const { openSqlite } = await import('./sqlite.ts')
    return openSqlite({ path: engine.path, collections })
  }
  const { openMongodb } = await import('./mongodb.ts')
  return openMongodb({ uri: engine.uri, database: engine.database, collections, clock })
}
