import type { Collection as Driver } from 'mongodb'
import type { Row } from './check-document.ts'
import { valueAt } from './field-path.ts'
import { indexShapes } from './index-shapes.ts'
import type { InSession, MongodbAccess } from './mongodb-access.ts'
import { duplicateIndex, markTransient, translateError } from './mongodb-errors.ts'
import { filterOf } from './mongodb-query.ts'
import { type Collection, StorageConflict, type Stored } from './port.ts'
import type { FieldCondition } from './query-plan.ts'

export interface MongodbTarget {
  collection: Collection<Stored>
  driver: Driver<Row>
  /** With the server's refusals turned into the port's. */
  access: MongodbAccess
  /** With the server's own errors. */
  raw: MongodbAccess
}

const UPSERT_TRIES = 4

/**
 * Runs a command that inserts `row` where nothing is. Two of them may find nothing at once: the loser's duplicate key is no
 * conflict but a reason to look again, which within a transaction means to begin it again.
 */
export async function upsert<T>(
  target: MongodbTarget,
  row: Row,
  command: (options: InSession) => Promise<T>,
): Promise<T> {
  const { collection, driver, raw } = target
  for (let tries = 1; ; tries++) {
    try {
      return await raw.run(command)
    } catch (error) {
      const named = duplicateIndex(error)
      if (named === undefined) throw translateError(error, collection.name)
      const index = named === '?' ? await takenIndex(target, row) : named
      const own = index === '_id' && (await driver.findOne(ownFilter(collection, row), { projection: { _id: 1 } }))
      if (!own) throw new StorageConflict(collection.name, index)
      if (raw.inTransaction && raw.mayRetry()) throw markTransient(error)
      if (raw.inTransaction || tries >= UPSERT_TRIES) throw new StorageConflict(collection.name, index)
    }
  }
}

/** The document of the row's `_id`, if it is of the row's organization. */
export function ownFilter(collection: Collection<Stored>, row: Row) {
  const conditions: FieldCondition[] = [{ field: '_id', op: 'eq', value: row._id }]
  if (collection.scope === 'organization' && row.organizationId !== undefined) {
    conditions.push({ field: 'organizationId', op: 'eq', value: row.organizationId })
  }
  return filterOf({ conditions, order: [] })
}

/** For servers whose findAndModify does not name the index: which one already holds the row's values. */
export async function takenIndex({ collection, driver }: MongodbTarget, row: Row): Promise<string> {
  for (const shape of indexShapes(collection)) {
    const values = shape.columns.map((column) => [column, valueAt(row, column)] as const)
    if (!shape.unique || values.some(([, value]) => value === undefined || value === null)) continue
    const held = values.map(([column, value]) => ({ [column]: { $eq: value } }))
    const other = { $and: [...held, { _id: { $ne: row._id } }] }
    if (await driver.findOne(other, { projection: { _id: 1 } })) return shape.name
  }
  return '_id'
}
