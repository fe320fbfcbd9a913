import type { Collection as Driver, Filter, FindOneAndUpdateOptions, WithId } from 'mongodb'
import { applyPatch, type CheckedPatch } from './apply-patch.ts'
import { checkSize, type Row } from './check-document.ts'
import type { EngineDocuments } from './engine.ts'
import { valueAt } from './field-path.ts'
import type { InSession, MongodbAccess } from './mongodb-access.ts'
import { type MongodbTarget, ownFilter, takenIndex, upsert } from './mongodb-conflicts.ts'
import { duplicateIndex, translateError } from './mongodb-errors.ts'
import { filterOf, incrementOf, sortOf, updateOf } from './mongodb-query.ts'
import { type Collection, StorageConflict, type Stored } from './port.ts'
import type { QueryPlan } from './query-plan.ts'

export function createMongodbDocuments(
  collection: Collection<Stored>,
  driver: Driver<Row>,
  access: MongodbAccess,
): EngineDocuments {
  const target = { collection, driver, raw: access, access: translating(access, collection.name) }
  return { ...readers(target), ...writers(target) }
}

/** Turns the server's refusals into the port's. */
function translating(access: MongodbAccess, collection: string): MongodbAccess {
  const translated = async <T>(result: Promise<T>): Promise<T> => {
    try {
      return await result
    } catch (error) {
      throw translateError(error, collection)
    }
  }
  return {
    ...access,
    run: (command) => translated(access.run(command)),
    together: (commands) => translated(access.together(commands)),
  }
}

function readers({ driver, access }: MongodbTarget): Pick<EngineDocuments, 'get' | 'getMany' | 'find'> {
  return {
    async get(id, organizationId) {
      const found = await access.run((options) => driver.findOne(idFilter([id], organizationId), options))
      return found ?? undefined
    },
    getMany: (ids, organizationId) =>
      access.run((options) => driver.find(idFilter(ids, organizationId), options).toArray()),
    find: (plan) =>
      access.run((inSession) => {
        const options = { ...inSession, sort: sortOf(plan.order), limit: plan.limit, batchSize: plan.limit }
        return driver.find(filterOf(plan), options).toArray()
      }),
  }
}

/** A patch of more than this could take a document over the limit at once: its result is looked at before the commit. */
const LARGE_PATCH_BYTES = 4 * 1024

function writers(target: MongodbTarget): Omit<EngineDocuments, 'get' | 'getMany' | 'find'> {
  const { collection, driver, access } = target
  return {
    async insert(documents) {
      // The driver adds nothing to documents that have their `_id`, so the caller's rows may go as they are.
      const rows = documents.map((document) => document.row)
      const [only] = rows
      if (only && rows.length === 1) await access.run((options) => driver.insertOne(only, options))
      else if (only) await access.together((options) => driver.insertMany(rows, options))
    },
    async put({ row }) {
      const next = { rev: { $add: [{ $ifNull: ['$rev', 0] }, 1] } }
      const update = [{ $replaceWith: { $mergeObjects: [{ $literal: row }, next] } }]
      const command = (options: InSession) =>
        driver.findOneAndUpdate(ownFilter(collection, row), update, {
          ...options,
          upsert: true,
          returnDocument: 'after',
        })
      return present(await upsert(target, row, command))
    },
    async change(plan, patch) {
      const changed =
        patch.bytes > LARGE_PATCH_BYTES
          ? await access.together((options) => changeChecked(target, plan, patch, options))
          : await access.run((options) => change(target, plan, patch, options))
      return changed ?? undefined
    },
    async increment(plan, field, by, seed) {
      const [filter, update] = [filterOf(plan), incrementOf(field, by, seed)]
      const command = (options: InSession) =>
        driver.findOneAndUpdate(filter, update, { ...options, upsert: seed !== undefined, returnDocument: 'after' })
      const row = seed ? await upsert(target, seed, command) : await access.run(command)
      const value = row ? valueAt(row, field) : undefined
      return typeof value === 'number' ? value : undefined
    },
    remove(plan) {
      if (plan.limit > 1 || plan.order.length > 0) return access.together((options) => remove(target, plan, options))
      return access.run(async (options) => (await driver.deleteOne(filterOf(plan), options)).deletedCount)
    },
  }
}

async function change(target: MongodbTarget, plan: QueryPlan, patch: CheckedPatch, options: InSession) {
  const { collection, driver } = target
  try {
    return await driver.findOneAndUpdate(filterOf(plan), updateOf(patch), changeOptions(plan, options))
  } catch (error) {
    if (duplicateIndex(error) !== '?') throw error
    const row = await driver.findOne(filterOf(plan), { sort: sortOf(plan.order) })
    if (row) applyPatch(row, patch)
    throw new StorageConflict(collection.name, row ? await takenIndex(target, row) : '?')
  }
}

async function changeChecked(target: MongodbTarget, plan: QueryPlan, patch: CheckedPatch, options: InSession) {
  const row = await change(target, plan, patch, options)
  if (row) checkSize(JSON.stringify(row), target.collection.name)
  return row
}

async function remove({ driver }: MongodbTarget, plan: QueryPlan, inSession: InSession): Promise<number> {
  const options = { ...inSession, sort: sortOf(plan.order), limit: plan.limit, projection: { _id: 1 } }
  const found = await driver.find(filterOf(plan), options).toArray()
  if (found.length === 0) return 0
  const filter = { $and: [{ _id: { $in: found.map((row) => row._id) } }, filterOf({ ...plan, order: [] })] }
  return (await driver.deleteMany(filter, inSession)).deletedCount
}

function idFilter(ids: readonly string[], organizationId: string | undefined): Filter<Row> {
  const byId = { _id: { $in: [...ids] } }
  return organizationId === undefined ? byId : { ...byId, organizationId: { $eq: organizationId } }
}

function changeOptions(plan: QueryPlan, options: InSession): FindOneAndUpdateOptions {
  return { ...options, returnDocument: 'after', ...(plan.order.length > 0 ? { sort: sortOf(plan.order) } : {}) }
}

function present(row: WithId<Row> | null): Row {
  if (!row) throw new Error('an upsert came back without its document')
  return row
}
