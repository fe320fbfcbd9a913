import type { JsonObject } from '@annex/sdk/json'
import type { ScopeCondition } from '@annex/sdk/scope-limits'
import type { Condition, Where } from '../storage/port.ts'

/** A row filter in both of its forms. */
export interface RowFilter {
  /** What the store can do of it. Never leaves out a record that `matches` would let pass, but may let more pass. */
  where: Where
  /** The decision itself: every record read from the store is held against it. */
  matches(record: JsonObject): boolean
}

type Scalar = string | number | boolean
type Operators = Exclude<Condition, Scalar | null>

const ORDER = { gt: '$gt', gte: '$gte', lt: '$lt', lte: '$lte' } as const

/**
 * Compiles the conjunction that `decide` gives. `column` names the stored field of a record's field, or nothing when
 * the store must not filter by it.
 */
export function compileConditions(
  conditions: readonly ScopeCondition[],
  column: (field: string) => string | undefined = () => undefined,
): RowFilter {
  return {
    where: pushable(conditions, column),
    matches: (record) => conditions.every((condition) => holds(condition, record)),
  }
}

/**
 * Fails closed: an absent field, null, another type than the condition's or an operator from elsewhere never match.
 * That includes `ne`: "status is not DRAFT" says nothing of a record that has no status.
 */
function holds({ field, op, value }: ScopeCondition, record: JsonObject): boolean {
  const actual = Object.hasOwn(record, field) ? record[field] : undefined
  if (!isScalar(actual)) return false
  if (Array.isArray(value)) return op === 'in' && value.some((item) => item === actual)
  if (typeof actual !== typeof value) return false
  if (op === 'eq') return actual === value
  if (op === 'ne') return actual !== value
  if (typeof actual === 'boolean' || op === 'in') return false
  const order = compare(actual, value)
  if (op === 'gt') return order > 0
  if (op === 'gte') return order >= 0
  if (op === 'lt') return order < 0
  return op === 'lte' && order <= 0
}

/** Both are of one type. Strings compare by UTF-8 bytes, as both engines do; UTF-16 units order some differently. */
function compare(left: Scalar, right: Scalar): number {
  if (typeof left === 'string') return Buffer.compare(Buffer.from(left), Buffer.from(String(right)))
  return Number(left) - Number(right)
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function pushable(conditions: readonly ScopeCondition[], column: (field: string) => string | undefined): Where {
  const where: Record<string, Condition> = {}
  for (const condition of conditions) {
    const name = column(condition.field)
    const operators = name === undefined ? undefined : operatorsOf(condition)
    if (name === undefined || operators === undefined) continue
    where[name] = merge(where[name], operators)
  }
  return where
}

function operatorsOf({ op, value }: ScopeCondition): Operators | undefined {
  if (Array.isArray(value)) return op === 'in' && value.length > 0 ? { $in: value } : undefined
  if (op === 'eq') return { $in: [value] }
  if (op === 'ne') return { $ne: value }
  if (op === 'in' || typeof value === 'boolean') return undefined
  return { [ORDER[op]]: value }
}

/** One operator twice on a field (two lists may say so) stays with `matches`: the store takes the first. */
function merge(present: Condition | undefined, more: Operators): Condition {
  return { ...more, ...(typeof present === 'object' && present !== null ? present : {}) }
}
