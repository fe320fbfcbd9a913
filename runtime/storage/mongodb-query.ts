import type { Filter, UpdateFilter } from 'mongodb'
import type { CheckedPatch } from './apply-patch.ts'
import type { Row } from './check-document.ts'
import type { FieldCondition, Order, QueryPlan, Scalar } from './query-plan.ts'

type Clause = Filter<Row>

/** Every value stands behind an operator, so that none can be read as one. */
export function filterOf(plan: Pick<QueryPlan, 'conditions' | 'order' | 'after'>): Clause {
  const clauses = plan.conditions.map(clauseOf)
  if (plan.after) clauses.push(...pageClauses(plan.order, plan.after))
  return all(clauses)
}

export function sortOf(order: Order): [string, 1 | -1][] {
  return order.map(([field, direction]): [string, 1 | -1] => [field, direction === 'asc' ? 1 : -1])
}

/** The update of a patch; `rev` rises with it. */
export function updateOf(patch: CheckedPatch): UpdateFilter<Row> {
  return typedUpdate({
    ...(patch.set.length > 0 ? { $set: Object.fromEntries(patch.set) } : {}),
    ...(patch.unset.length > 0 ? { $unset: Object.fromEntries(patch.unset.map((path) => [path, ''])) } : {}),
    $inc: { ...Object.fromEntries(patch.inc), rev: 1 },
  })
}

/** `rev` and the counter rise; what else the seed has is written only into a new document. */
export function incrementOf(field: string, by: number, seed: Row | undefined): UpdateFilter<Row> {
  const $inc = { [field]: by, rev: 1 }
  if (!seed) return typedUpdate({ $inc })
  const kept = new Set(['_id', 'rev', 'organizationId', field.split('.')[0]])
  const others = Object.entries(seed).filter(([name]) => !kept.has(name))
  return typedUpdate(others.length > 0 ? { $inc, $setOnInsert: Object.fromEntries(others) } : { $inc })
}

/** The driver's type for updates gives up on documents with any fields; the paths were checked by the patch. */
function typedUpdate(update: Record<string, Record<string, unknown>>): UpdateFilter<Row> {
  return update as UpdateFilter<Row>
}

function clauseOf(condition: FieldCondition): Clause {
  const { field } = condition
  switch (condition.op) {
    case 'null':
      return clause(field, { $eq: null })
    case 'in':
      return clause(field, { $in: condition.value })
    default:
      return clause(field, { [`$${condition.op}`]: condition.value })
  }
}

function clause(field: string, operators: Record<string, unknown>): Clause {
  return { [field]: operators }
}

function all(clauses: Clause[]): Clause {
  return clauses.length === 0 ? {} : { $and: clauses }
}

/** What comes after the last document of the page before. The bound says nothing new, but an index can start from it. */
function pageClauses(order: Order, after: readonly (Scalar | null)[]): Clause[] {
  const [first] = order
  const value = after[0]
  const clauses = [keyset(order, after)]
  if (first?.[1] === 'asc' && value !== null && value !== undefined) clauses.push(clause(first[0], { $gte: value }))
  return clauses
}

/** `a` beyond the cursor, or `a` as in the cursor and `b` beyond it, and so on. Missing is lower than any value. */
function keyset(order: Order, after: readonly (Scalar | null)[]): Clause {
  const branches = order.flatMap(([field, direction], at) => {
    const held = order.slice(0, at).map(([earlier], i) => clause(earlier, { $eq: after[i] }))
    return beyond(field, direction, after[at] ?? null).map((branch) => all([...held, branch]))
  })
  // `_id` is last and never missing, so there is always a branch; an order without it ends in a unique index's value.
  return branches.length > 0 ? { $or: branches } : clause('_id', { $in: [] })
}

function beyond(field: string, direction: 'asc' | 'desc', value: Scalar | null): Clause[] {
  if (direction === 'asc') return [value === null ? clause(field, { $ne: null }) : clause(field, { $gt: value })]
  if (value === null) return []
  const lower = clause(field, { $lt: value })
  return field === '_id' ? [lower] : [lower, clause(field, { $eq: null })]
}
