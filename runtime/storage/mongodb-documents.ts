import type { ClientSession, Collection as Driver, FindOneAndUpdateOptions, WithId } from 'mongodb'
import { applyPatch, type CheckedPatch } from './apply-patch.ts'
import { type CheckedDocument, checkSize, type Row } from './check-document.ts'
import type { EngineDocuments } from './engine.ts'
import { valueAt } from './field-path.ts'
import { indexShapes } from './index-shapes.ts'
import { duplicateIndex, markTransient, translateError } from './mongodb-errors.ts'
import { filterOf, incrementOf, sortOf, updateOf } from './mongodb-query.ts'
import { type Collection, StorageConflict, type Stored } from './port.ts'
import type { QueryPlan } from './query-plan.ts'

/** The session of a transaction, for the driver's options. */
export interface InSession {
  session?: ClientSession
}

/** How an operation runs: by itself, or as the next step of a transaction. */
export interface MongodbAccess {
  /** One command. */
  run<T>(command: (options: InSession) => Promise<T>): Promise<T>
  /** Several commands, all or none. */
  together<T>(commands: (options: InSession) => Promise<T>): Promise<T>
  /** Whether this is the transaction's first run, or a command of its own. */
  mayRetry(): boolean
  inTransaction: boolean
}

/** A patch of more than this could take a document over the limit at once: its result is looked at before the commit. */
const LARGE_PATCH_BYTES = 4 * 1024
const UPSERT_TRIES = 4

export function createMongodbDocuments(
  collection: Collection<Stored>,
  driver: Driver<Row>,
  access: MongodbAccess,
): EngineDocuments {
  const tenant = collection.scope === 'organization'

  /** Runs one command and turns the server's refusals into the port's. */
  async function run<T>(command: (options: InSession) => Promise<T>): Promise<T> {
    try {
      return await access.run(command)
    } catch (error) {
      throw translateError(error, collection.name)
    }
  }

  /**
   * Runs a command that inserts where nothing is. Two of them may find nothing at once: the loser's duplicate key is no
   * conflict but a reason to look again, which within a transaction means to begin it again.
   */
  async function upsert<T>(row: Row, command: (options: InSession) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await access.run(command)
      } catch (error) {
        const named = duplicateIndex(error)
        if (named === undefined) throw translateError(error, collection.name)
        const index = named === '?' ? await takenIndex(row) : named
        const foreign = index !== '_id' || !(await driver.findOne(ownFilter(row), { projection: { _id: 1 } }))
        if (foreign) throw new StorageConflict(collection.name, index)
        if (access.inTransaction && access.mayRetry()) throw markTransient(error)
        if (access.inTransaction || tries >= UPSERT_TRIES) throw new StorageConflict(collection.name, index)
      }
    }
  }

  const ownFilter = (row: Row) => filterOf({ conditions: ownConditions(row), order: [] })

  function ownConditions(row: Row): QueryPlan['conditions'] {
    const id = { field: '_id', op: 'eq', value: row._id } as const
    if (!tenant || row.organizationId === undefined) return [id]
    return [id, { field: 'organizationId', op: 'eq', value: row.organizationId }]
  }

  /** For servers whose findAndModify does not name the index: which one already holds the row's values. */
  async function takenIndex(row: Row): Promise<string> {
    for (const shape of indexShapes(collection)) {
      const values = shape.columns.map((column) => [column, valueAt(row, column)] as const)
      if (!shape.unique || values.some(([, value]) => value === undefined || value === null)) continue
      const held = values.map(([column, value]) => ({ [column]: { $eq: value } }))
      const other = { $and: [...held, { _id: { $ne: row._id } }] }
      if (await driver.findOne(other, { projection: { _id: 1 } })) return shape.name
    }
    return '_id'
  }

  async function change(plan: QueryPlan, patch: CheckedPatch, options: InSession) {
    try {
      return await driver.findOneAndUpdate(filterOf(plan), updateOf(patch), changeOptions(plan, options))
    } catch (error) {
      if (duplicateIndex(error) !== '?') throw error
      const row = await driver.findOne(filterOf(plan), { sort: sortOf(plan.order) })
      if (row) applyPatch(row, patch)
      throw new StorageConflict(collection.name, row ? await takenIndex(row) : '?')
    }
  }

  async function changeChecked(plan: QueryPlan, patch: CheckedPatch, options: InSession) {
    const row = await change(plan, patch, options)
    if (row) checkSize(JSON.stringify(row), collection.name)
    return row
  }

  async function remove(plan: QueryPlan, inSession: InSession): Promise<number> {
    const options = { ...inSession, sort: sortOf(plan.order), limit: plan.limit, projection: { _id: 1 } }
    const found = await driver.find(filterOf(plan), options).toArray()
    if (found.length === 0) return 0
    const filter = { $and: [{ _id: { $in: found.map((row) => row._id) } }, filterOf({ ...plan, order: [] })] }
    return (await driver.deleteMany(filter, inSession)).deletedCount
  }

  const together = async <T>(commands: (options: InSession) => Promise<T>): Promise<T> => {
    try {
      return await access.together(commands)
    } catch (error) {
      throw translateError(error, collection.name)
    }
  }

  const idFilter = (ids: readonly string[], organizationId: string | undefined) =>
    organizationId === undefined
      ? { _id: { $in: [...ids] } }
      : { _id: { $in: [...ids] }, organizationId: { $eq: organizationId } }

  return {
    get: async (id, organizationId) =>
      (await run((options) => driver.findOne(idFilter([id], organizationId), options))) ?? undefined,
    getMany: (ids, organizationId) => run((options) => driver.find(idFilter(ids, organizationId), options).toArray()),
    find: (plan) =>
      run((inSession) => {
        const options = { ...inSession, sort: sortOf(plan.order), limit: plan.limit, batchSize: plan.limit }
        return driver.find(filterOf(plan), options).toArray()
      }),
    async insert(documents: readonly CheckedDocument[]) {
      const [first] = documents
      if (!first) return
      // The driver adds nothing to documents that have their `_id`, so the caller's rows may go as they are.
      const rows = documents.map((document) => document.row)
      if (rows.length === 1) await run((options) => driver.insertOne(first.row, options))
      else await together((options) => driver.insertMany(rows, options))
    },
    async put({ row }) {
      const next = { rev: { $add: [{ $ifNull: ['$rev', 0] }, 1] } }
      const update = [{ $replaceWith: { $mergeObjects: [{ $literal: row }, next] } }]
      const upserting = { upsert: true, returnDocument: 'after' } as const
      return present(
        await upsert(row, (options) => driver.findOneAndUpdate(ownFilter(row), update, { ...options, ...upserting })),
      )
    },
    async change(plan, patch) {
      const large = patch.bytes > LARGE_PATCH_BYTES
      const changed = large
        ? await together((options) => changeChecked(plan, patch, options))
        : await run((options) => change(plan, patch, options))
      return changed ?? undefined
    },
    async increment(plan, field, by, seed) {
      const filter = filterOf(plan)
      const update = incrementOf(field, by, seed)
      const command = (options: InSession) =>
        driver.findOneAndUpdate(filter, update, { ...options, upsert: seed !== undefined, returnDocument: 'after' })
      const row = seed ? await upsert(seed, command) : await run(command)
      const value = row ? valueAt(row, field) : undefined
      return typeof value === 'number' ? value : undefined
    },
    remove(plan) {
      if (plan.limit > 1 || plan.order.length > 0) return together((options) => remove(plan, options))
      return run(async (options) => (await driver.deleteOne(filterOf(plan), options)).deletedCount)
    },
  }
}

function changeOptions(plan: QueryPlan, options: InSession): FindOneAndUpdateOptions {
  return { ...options, returnDocument: 'after', ...(plan.order.length > 0 ? { sort: sortOf(plan.order) } : {}) }
}

function present(row: WithId<Row> | null): Row {
  if (!row) throw new Error('an upsert came back without its document')
  return row
}
