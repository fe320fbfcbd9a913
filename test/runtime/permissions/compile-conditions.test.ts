import type { JsonObject } from '@annex/sdk/json'
import type { ScopeCondition } from '@annex/sdk/scope-limits'
import fc from 'fast-check'
import t from 'tap'
import { compileConditions } from '../../../runtime/permissions/compile-conditions.ts'
import { collection, type Stored } from '../../../runtime/storage/port.ts'
import { openTestStore } from '../storage/open-test-store.ts'

interface Row extends Stored {
  fields: JsonObject
}

const rows = collection<Row>({ name: 'rows', scope: 'organization', indexes: {} })

const matches = (record: JsonObject, ...conditions: ScopeCondition[]) => compileConditions(conditions).matches(record)

t.test('compares strictly by type', async (t) => {
  t.ok(matches({ n: 5 }, { field: 'n', op: 'eq', value: 5 }))
  t.notOk(matches({ n: 5 }, { field: 'n', op: 'eq', value: '5' }))
  t.notOk(matches({ n: 1 }, { field: 'n', op: 'eq', value: true }))
  t.notOk(matches({ n: '10' }, { field: 'n', op: 'gt', value: 9 }))
  t.notOk(matches({ n: 5 }, { field: 'n', op: 'ne', value: 'x' }), 'not even "ne" over types')
  t.notOk(matches({ b: true }, { field: 'b', op: 'gte', value: false }))
  t.ok(matches({ s: '\u{1f511}' }, { field: 's', op: 'gt', value: '\ufffd' }), 'by code points, as the engines do')
})

t.test('a record that lacks the field never matches', async (t) => {
  for (const op of ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in'] as const) {
    t.notOk(matches({}, { field: 'a', op, value: 1 }), op)
    t.notOk(matches({ a: null }, { field: 'a', op, value: 1 }), `${op} null`)
    t.notOk(matches({ a: [1] }, { field: 'a', op, value: 1 }), `${op} list`)
  }
  t.notOk(matches({}, { field: 'toString', op: 'ne', value: 'x' }), 'nothing is inherited')
  t.notOk(matches({}, { field: '__proto__', op: 'ne', value: 'x' }))
})

t.test('an operator or a value of an unknown kind matches nothing', async (t) => {
  t.notOk(matches({ a: 1 }, { field: 'a', op: 'eq', value: [1] }))
  t.notOk(matches({ a: 1 }, { field: 'a', op: 'in', value: 1 }))
  t.notOk(matches({ a: 1 }, { field: 'a', op: 'like' as 'eq', value: 1 }))
  t.notOk(matches({ a: 1 }, { field: 'a', op: 'in', value: [] }))
})

t.test('is a conjunction', async (t) => {
  const filter = compileConditions([
    { field: 'a', op: 'gte', value: 2 },
    { field: 'a', op: 'gte', value: 4 },
    { field: 'b', op: 'eq', value: 'x' },
  ])
  t.ok(filter.matches({ a: 4, b: 'x' }))
  t.notOk(filter.matches({ a: 3, b: 'x' }))
  t.notOk(filter.matches({ a: 4, b: 'y' }))
  t.ok(compileConditions([]).matches({}), 'no condition lets everything pass')
})

const scalar = fc.oneof(
  fc.constantFrom('', 'a', 'b', 'Z', 'é', '\u{1f511}', '\ufffd'),
  fc.integer({ min: -2, max: 3 }),
  fc.boolean(),
)
const condition: fc.Arbitrary<ScopeCondition> = fc.record({
  field: fc.constantFrom('a', 'b'),
  op: fc.constantFrom('eq', 'ne', 'in', 'gt', 'gte', 'lt', 'lte'),
  value: fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })),
})
const record = fc.record({ a: scalar, b: scalar }, { requiredKeys: [] })

t.test('what the store leaves out never matches', async (t) => {
  const store = await openTestStore(t, [rows])
  const documents = store.forOrganization('org_a')(rows)
  const all = fc.sample(record, 150)
  await documents.insertMany(all.map((fields, i) => ({ _id: `r${String(i).padStart(4, '0')}`, fields })))
  let narrowed = 0
  await fc.assert(
    fc.asyncProperty(fc.array(condition, { minLength: 1, maxLength: 3 }), async (conditions) => {
      const filter = compileConditions(conditions, (field) => `fields.${field}`)
      const where = { _id: { $gte: '' }, ...filter.where }
      const found = await documents.find({ where, sort: [['_id', 'asc']], limit: 1000 })
      const wanted = all.flatMap((fields, i) => (filter.matches(fields) ? [`r${String(i).padStart(4, '0')}`] : []))
      if (found.data.length < all.length) narrowed++
      const passed = found.data.filter((row) => filter.matches(row.fields)).map((row) => row._id)
      return JSON.stringify(passed) === JSON.stringify(wanted)
    }),
    { numRuns: 300 },
  )
  t.ok(narrowed > 100, `the store did part of the work in ${narrowed} of 300`)
})
