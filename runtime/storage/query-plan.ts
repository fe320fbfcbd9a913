import type { Json } from '@annex/sdk/json'
import { checkJson } from './check-document.ts'
import { fieldSteps } from './field-path.ts'
import { type IndexShape, indexShapes } from './index-shapes.ts'
import { type Collection, type Sort, StorageError, type Stored, type Where } from './port.ts'
import { storageLimits } from './storage-limits.ts'

export type Scalar = string | number | boolean

/** One condition in the one form that the adapters translate. */
export type FieldCondition =
  | { field: string; op: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte'; value: Scalar }
  | { field: string; op: 'null' }
  | { field: string; op: 'in'; value: readonly Scalar[] }
  | { field: string; op: 'exists'; value: boolean }

export type Order = readonly (readonly [field: string, direction: 'asc' | 'desc'])[]

export interface QueryPlan {
  conditions: readonly FieldCondition[]
  /** Total: no two documents are equal in it. Fields that an equality holds fast are left out. */
  order: Order
  /** The declared index that serves; `_id` for the tenant's index on `_id`; absent: the primary key. */
  index?: string
  /** The values of `order` in the last document of the page before. */
  after?: readonly (Scalar | null)[]
  limit: number
}

/**
 * Finds the index that serves a query, or throws `StorageError`: an unindexed scan of a million documents would block the
 * whole process. The index must begin with fields that are held by equality, in any order, and go on with the sort's;
 * what is left of `where` is a filter on what the index finds.
 */
export function planQuery(
  collection: Collection<Stored>,
  organizationId: string | undefined,
  query: { where?: Where; sort?: Sort; limit: number },
): QueryPlan {
  const asked = conditionsOf(query.where ?? {})
  const conditions = withTenant(collection, organizationId, asked)
  const sort = checkSort(query.sort ?? [])
  if (asked.some((c) => c.field === '_id' && (c.op === 'eq' || c.op === 'in'))) {
    return { conditions, order: totalOrder(sort, true), limit: query.limit }
  }
  const choice = chooseIndex(collection, conditions, asked, sort)
  if (!choice) throw new StorageError(`${collection.name}: no index serves ${describe(asked, sort)}`)
  return { conditions, limit: query.limit, ...choice }
}

/** A plan for one document by its `_id`. */
export function planOne(
  collection: Collection<Stored>,
  organizationId: string | undefined,
  id: string,
  where: Where,
): QueryPlan {
  const conditions = [{ field: '_id', op: 'eq', value: id } as const, ...conditionsOf(where)]
  return { conditions: withTenant(collection, organizationId, conditions), order: [], limit: 1 }
}

/** The one place where the tenant enters a query. */
function withTenant(
  collection: Collection<Stored>,
  organizationId: string | undefined,
  asked: FieldCondition[],
): FieldCondition[] {
  if (collection.scope === 'system' || organizationId === undefined) return asked
  if (asked.some((c) => c.field === 'organizationId')) throw new StorageError('the handle sets organizationId')
  return [{ field: 'organizationId', op: 'eq', value: organizationId }, ...asked]
}

export function conditionsOf(where: Where): FieldCondition[] {
  const found: FieldCondition[] = []
  for (const [field, condition] of Object.entries(where)) {
    fieldSteps(field)
    if (condition === null) found.push({ field, op: 'null' })
    else if (typeof condition === 'object') found.push(...operatorsOf(field, condition))
    else found.push({ field, op: 'eq', value: scalar(condition, field) })
  }
  return found
}

function operatorsOf(field: string, condition: object): FieldCondition[] {
  const entries = Object.entries(condition)
  if (entries.length === 0) throw new StorageError(`${field}: an empty condition`)
  return entries.map(([operator, value]): FieldCondition => {
    switch (operator) {
      case '$gt':
      case '$gte':
      case '$lt':
      case '$lte':
        if (typeof value === 'boolean') throw new StorageError(`${field}: a range is of strings or numbers`)
        return {
          field,
          op: operator === '$gt' ? 'gt' : operator === '$gte' ? 'gte' : operator === '$lt' ? 'lt' : 'lte',
          value: scalar(value, field),
        }
      case '$ne':
        return { field, op: 'ne', value: scalar(value, field) }
      case '$exists':
        if (typeof value !== 'boolean') throw new StorageError(`${field}: $exists takes true or false`)
        return { field, op: 'exists', value }
      case '$in':
        if (!Array.isArray(value) || value.length > storageLimits.batch) {
          throw new StorageError(`${field}: $in takes at most ${storageLimits.batch} values`)
        }
        return { field, op: 'in', value: value.map((one) => scalar(one, field)) }
      default:
        throw new StorageError(`${field}: unknown operator ${operator}`)
    }
  })
}

/** Refuses `undefined` above all: a forgotten value must not widen a query. */
function scalar(value: unknown, field: string): Scalar {
  if (value === undefined || value === null || typeof value === 'object') {
    throw new StorageError(`${field}: a condition takes a string, a number or a boolean`)
  }
  checkJson(value, field)
  return value as Scalar & Json
}

function checkSort(sort: Sort): Order {
  for (const [field, direction] of sort) {
    fieldSteps(field)
    if (direction !== 'asc' && direction !== 'desc') throw new StorageError(`${field}: sort is asc or desc`)
  }
  if (new Set(sort.map(([field]) => field)).size < sort.length) throw new StorageError('a field sorts once')
  const end = sort.findIndex(([field]) => field === '_id')
  return end < 0 ? sort : sort.slice(0, end + 1)
}

/** Appends `_id` in the direction of the last field, so that one index can be walked one way. */
function totalOrder(order: Order, tied: boolean): Order {
  const last = order[order.length - 1]
  if (!tied || last?.[0] === '_id') return order
  return [...order, ['_id', last?.[1] ?? 'asc']]
}

interface Choice {
  order: Order
  index?: string
}

function chooseIndex(
  collection: Collection<Stored>,
  conditions: readonly FieldCondition[],
  asked: readonly FieldCondition[],
  sort: Order,
): Choice | undefined {
  const facts = factsOf(conditions)
  const wanted = sort.filter(([field]) => !facts.constant.has(field))
  let best: (Choice & { score: number }) | undefined = idChoice(collection, facts, asked, wanted)
  for (const shape of indexShapes(collection)) {
    const choice = fit(shape, facts, asked, wanted)
    if (choice && choice.score > (best?.score ?? -1)) best = choice
  }
  if (!best) return undefined
  return { order: best.order, ...(best.index === undefined ? {} : { index: best.index }) }
}

interface Facts {
  /** Held to one value: the field does not sort. */
  constant: Set<string>
  /** Held to one or a few values: an index can go through the field to the next. */
  equal: Set<string>
  ranged: Set<string>
  /** Asked for with a value, so that documents without the field cannot match. */
  present: Set<string>
}

function factsOf(conditions: readonly FieldCondition[]): Facts {
  const facts: Facts = { constant: new Set(), equal: new Set(), ranged: new Set(), present: new Set() }
  for (const { field, op } of conditions) {
    if (op === 'eq' || op === 'null') facts.constant.add(field)
    if (op === 'eq' || op === 'null' || op === 'in') facts.equal.add(field)
    if (op === 'gt' || op === 'gte' || op === 'lt' || op === 'lte') facts.ranged.add(field)
    if (op === 'eq' || op === 'in' || facts.ranged.has(field)) facts.present.add(field)
  }
  return facts
}

/** `_id` serves when it is asked for, or when nothing is. */
function idChoice(
  collection: Collection<Stored>,
  facts: Facts,
  asked: readonly FieldCondition[],
  wanted: Order,
): (Choice & { score: number }) | undefined {
  const other = wanted[0] !== undefined && wanted[0][0] !== '_id'
  if (other || (asked.length > 0 && !facts.ranged.has('_id'))) return undefined
  const tenant = collection.scope === 'organization' && facts.constant.has('organizationId')
  return { order: totalOrder(wanted, true), score: 0, ...(tenant ? { index: '_id' } : {}) }
}

function fit(
  shape: IndexShape,
  facts: Facts,
  asked: readonly FieldCondition[],
  wanted: Order,
): (Choice & { score: number }) | undefined {
  const [first] = shape.fields
  // A unique index leaves out the documents without its first field, so it may not answer for them.
  if (shape.unique && (first === undefined || !facts.present.has(first))) return undefined
  const columns = shape.unique ? shape.columns : [...shape.columns, '_id']
  let reach = columns.findIndex((column) => !facts.equal.has(column))
  if (reach < 0) reach = columns.length
  for (let at = reach; at >= 0; at--) {
    const order = orderFrom(shape, columns, at, facts, wanted)
    if (!order) continue
    const served = columns.slice(0, at).concat(columns.slice(at, at + 1).filter((c) => facts.ranged.has(c)))
    const useful = served.some((column) => asked.some((c) => c.field === column))
    if (!useful && (wanted.length === 0 || wanted[0]?.[0] === '_id')) continue
    return { order, index: shape.name, score: served.length }
  }
  return undefined
}

/** The order in which an index gives documents from column `at` on, if it is the wanted one. */
function orderFrom(
  shape: IndexShape,
  columns: readonly string[],
  at: number,
  facts: Facts,
  wanted: Order,
): Order | undefined {
  // `_id` behind fields of an index that goes on with others sorts only what is equal in them: few documents.
  const isWanted = (column: string) => wanted.some(([field]) => field === column)
  const explicit = wanted.filter(([field]) => field !== '_id')
  if (!explicit.every(([field], i) => columns[at + i] === field)) return undefined
  if (explicit.length < wanted.length) return wanted
  // The rest of the index sorts what is equal in the wanted fields: any other order, `_id` at once included, would make
  // the engine read and sort all of them. A unique index ends in a total order by itself.
  const from = wanted.length === 0 ? 0 : at + wanted.length
  const rest = columns.slice(from).filter((column) => !facts.constant.has(column) && column !== '_id')
  const direction = wanted[wanted.length - 1]?.[1] ?? 'asc'
  // Unless it is entered at several values (`$in`) that are not sorted by.
  const tied =
    !shape.unique || columns.slice(0, from).some((column) => !facts.constant.has(column) && !isWanted(column))
  return totalOrder([...wanted, ...rest.map((column) => [column, direction] as const)], tied)
}

function describe(asked: readonly FieldCondition[], sort: Order): string {
  const where = asked.map((c) => `${c.field} ${c.op}`).join(', ')
  return `where (${where}) sort (${sort.map(([field, direction]) => `${field} ${direction}`).join(', ')})`
}
