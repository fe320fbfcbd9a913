import { setTimeout as sleep } from 'node:timers/promises'
import { type Db, type IndexDescription, MongoServerError } from 'mongodb'
import { type IndexShape, indexShapes } from './index-shapes.ts'
import { type Collection, type Stored, StoreUnavailable } from './port.ts'

/** Collections of the adapter's own. No declared name begins so. */
export const blobNames = { markers: '_blobs', chunks: '_blob_chunks', uploads: '_blob_uploads' } as const

/** Refuses a server that has no transactions: a single mongod that is no replica set. */
export async function requireTransactions(db: Db): Promise<void> {
  const hello = await db.command({ hello: 1 })
  if (typeof hello.setName === 'string' || hello.msg === 'isdbgrid') return
  throw new StoreUnavailable('MongoDB must be a replica set or a sharded cluster: a single server has no transactions')
}

const PREPARE_TRIES = 6

/**
 * Makes the collections and indexes that are missing, and makes anew an index that is declared otherwise. Collections come
 * first: a transaction cannot create one. An index that is declared no more stays, for nodes of an older version use it.
 * Nodes that start at once get in each other's way (a deadlock, an index that is gone already): then it looks again.
 */
export async function prepareDatabase(db: Db, collections: readonly Collection<Stored>[]): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await prepare(db, collections)
    } catch (error) {
      if (!(error instanceof MongoServerError) || tries >= PREPARE_TRIES) throw error
      await sleep(Math.random() * 25 * 2 ** tries)
    }
  }
}

async function prepare(db: Db, collections: readonly Collection<Stored>[]): Promise<void> {
  const present = new Set((await db.listCollections({}, { nameOnly: true }).toArray()).map((entry) => entry.name))
  for (const collection of collections) {
    await prepareCollection(db, collection.name, present.has(collection.name), indexesOf(collection))
  }
  const byUpload: IndexDescription = { name: 'upload', key: { upload: 1 } }
  await prepareCollection(db, blobNames.markers, present.has(blobNames.markers), [byUpload])
  await prepareCollection(db, blobNames.chunks, present.has(blobNames.chunks), [])
  await prepareCollection(db, blobNames.uploads, present.has(blobNames.uploads), [{ name: 'at', key: { at: 1 } }])
}

async function prepareCollection(db: Db, name: string, exists: boolean, wanted: IndexDescription[]): Promise<void> {
  if (!exists) await db.createCollection(name)
  const present = exists ? await db.collection(name).listIndexes().toArray() : []
  const missing: IndexDescription[] = []
  for (const index of wanted) {
    const old = present.find((one) => one.name === index.name)
    if (old && definitionOf(old) === definitionOf(index)) continue
    if (old && index.name) await db.collection(name).dropIndex(index.name)
    missing.push(index)
  }
  if (missing.length > 0) await db.collection(name).createIndexes(missing)
}

function indexesOf(collection: Collection<Stored>): IndexDescription[] {
  const declared = indexShapes(collection).map(indexOf)
  if (collection.scope === 'system') return declared
  return [{ name: '_organization', key: { organizationId: 1, _id: 1 } }, ...declared]
}

function indexOf(shape: IndexShape): IndexDescription {
  const columns = shape.unique ? shape.columns : [...shape.columns, '_id']
  const key = Object.fromEntries(columns.map((column) => [column, 1 as const]))
  if (!shape.unique) return { name: shape.name, key }
  const first = shape.fields[0] ?? ''
  // MongoDB would take two documents without the field for two with the same value.
  return { name: shape.name, key, unique: true, partialFilterExpression: { [first]: { $exists: true } } }
}

function definitionOf(index: Pick<IndexDescription, 'key' | 'unique' | 'partialFilterExpression'>): string {
  const entries = index.key instanceof Map ? [...index.key] : Object.entries(index.key)
  return JSON.stringify([entries, index.unique === true, index.partialFilterExpression ?? null])
}
