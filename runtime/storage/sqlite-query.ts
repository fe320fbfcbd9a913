import type { Collection, Stored } from './port.ts'
import type { FieldCondition, Order, QueryPlan, Scalar } from './query-plan.ts'
import { expressionOf, indexOf, jsonPathOf, tableOf } from './sqlite-schema.ts'

export type Parameter = string | number | null

export interface Sql {
  text: string
  parameters: Parameter[]
}

/**
 * The statements whose rows, one after the other, are the plan's. There are two where a page begins among the values and
 * may end among the missing ones, or the other way round: SQLite walks an index for `a <= ?` and for `a is null`, but
 * not for one or the other.
 */
export function selectStatements(collection: Collection<Stored>, plan: QueryPlan, column: 'id' | 'j'): Sql[] {
  const where = plan.conditions.map((condition) => conditionSql(collection, condition))
  const index = plan.index === undefined ? '' : ` indexed by ${indexOf(collection, plan.index)}`
  const head = `select ${column} from ${tableOf(collection)}${index}`
  return pageParts(collection, plan).map((part) => {
    const all = part.filter ? [...where, part.filter] : where
    const filter = all.length > 0 ? ` where ${all.map((sql) => sql.text).join(' and ')}` : ''
    const order = part.order.map(([field, direction]) => `${expressionOf(collection, field)} ${direction}`).join(', ')
    const text = `${head}${filter}${order ? ` order by ${order}` : ''} limit ?`
    return { text, parameters: all.flatMap((sql) => sql.parameters) }
  })
}

export function bindable(value: Scalar): Parameter {
  return typeof value === 'boolean' ? Number(value) : value
}

function conditionSql(collection: Collection<Stored>, condition: FieldCondition): Sql {
  const expression = expressionOf(collection, condition.field)
  switch (condition.op) {
    case 'null':
      return { text: `${expression} is null`, parameters: [] }
    case 'exists':
      return { text: existsSql(expression, condition.field, condition.value), parameters: [] }
    case 'in':
      return {
        text: `${expression} in (select value from json_each(?))`,
        parameters: [JSON.stringify(condition.value)],
      }
    default:
      return { text: `${expression} ${OPERATORS[condition.op]} ?`, parameters: [bindable(condition.value)] }
  }
}

const OPERATORS = { eq: '=', ne: 'is not', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

function existsSql(expression: string, field: string, exists: boolean): string {
  const present = expression.startsWith('j->>') ? `json_type(j, '${jsonPathOf(field)}')` : expression
  return `${present} is ${exists ? 'not null' : 'null'}`
}

interface PagePart {
  filter?: Sql
  order: Order
}

/** What comes after the last document of the page before; all of it for a first page. */
function pageParts(collection: Collection<Stored>, plan: QueryPlan): PagePart[] {
  const { order, after } = plan
  const [first, ...others] = order
  const value = after?.[0]
  if (!after || !first || value === undefined) return [{ order }]
  const expression = expressionOf(collection, first[0])
  const isNull: Sql = { text: `${expression} is null`, parameters: [] }
  if (value === null) {
    const missing = { filter: both(isNull, keyset(collection, order, after, 1)), order: others }
    if (first[1] === 'desc') return [missing]
    return [missing, { filter: { text: `${expression} is not null`, parameters: [] }, order }]
  }
  // Says no more than the rest, but it is the one part that the index can start from.
  const bound: Sql = { text: `${expression} ${first[1] === 'asc' ? '>=' : '<='} ?`, parameters: [bindable(value)] }
  const among = { filter: both(bound, keyset(collection, order, after, 0)), order }
  return first[1] === 'desc' && first[0] !== '_id' ? [among, { filter: isNull, order: others }] : [among]
}

/** Row by row greater than the cursor: `a > ? or (a = ? and (b > ? or …))`, where missing is lower than any value. */
function keyset(collection: Collection<Stored>, order: Order, after: readonly (Scalar | null)[], at: number): Sql {
  const entry = order[at]
  const value = after[at]
  if (!entry || value === undefined) return { text: '0', parameters: [] }
  const [field, direction] = entry
  const expression = expressionOf(collection, field)
  const rest = keyset(collection, order, after, at + 1)
  if (value === null) {
    const same = `(${expression} is null and ${rest.text})`
    const text = direction === 'asc' ? `(${expression} is not null or ${same})` : same
    return { text, parameters: rest.parameters }
  }
  const lower = at > 0 && direction === 'desc' && field !== '_id' ? ` or ${expression} is null` : ''
  const beyond = `${expression} ${direction === 'asc' ? '>' : '<'} ?${lower}`
  const parameters = [bindable(value), bindable(value), ...rest.parameters]
  return { text: `(${beyond} or (${expression} = ? and ${rest.text}))`, parameters }
}

function both(a: Sql, b: Sql): Sql {
  return { text: `${a.text} and ${b.text}`, parameters: [...a.parameters, ...b.parameters] }
}
