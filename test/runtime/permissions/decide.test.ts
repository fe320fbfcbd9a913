import { deepStrictEqual } from 'node:assert/strict'
import type { JsonObject } from '@annex/sdk/json'
import type { ScopeLimits } from '@annex/sdk/scope-limits'
import type { ScopeGrant } from '@annex/sdk/scopes'
import fc from 'fast-check'
import t from 'tap'
import { compileConditions } from '../../../runtime/permissions/compile-conditions.ts'
import { decide, decideUnlimited, type RequestFacts } from '../../../runtime/permissions/decide.ts'
import type { Principal } from '../../../runtime/permissions/principal.ts'
import { combine, narrowGrant, restrictionsOf } from '../../../runtime/permissions/restrictions.ts'
import { installation, user } from '../platform/open-platform.ts'

const SCOPE = 'read:chantiers'
/** A Wednesday, ten o'clock. */
const AT = Date.parse('2026-03-04T10:00:00Z')
const held = (limits: ScopeLimits = {}): ScopeGrant[] => [{ scope: SCOPE, ...limits }]
const hours = { from: '09:00', to: '17:00', timezone: 'UTC' }

t.test('names the rule that decided, and says why in words', async (t) => {
  const cases: [string, Principal, Partial<RequestFacts>, string, RegExp][] = [
    ['granted', user('org_a', held()), {}, 'granted', /^read:chantiers is granted$/],
    ['nothing', user('org_a', []), {}, 'scope-not-granted', /is not granted to this user$/],
    ['another scope', installation([{ scope: 'write:chantiers' }]), {}, 'scope-not-granted', /this installation/],
    [
      'no right of who started it',
      installation(held(), { actor: user('org_a', []) }),
      {},
      'actor-not-granted',
      /to the user that started the run$/,
    ],
    [
      'rights elsewhere',
      installation(held(), { actor: user('org_b', held()) }),
      {},
      'actor-not-granted',
      /to the user that started the run$/,
    ],
    ['in hours', user('org_a', held({ hours })), {}, 'granted', /./],
    [
      'outside hours',
      user('org_a', held({ hours: { ...hours, days: ['MON'], to: '12:30' } })),
      {},
      'outside-hours',
      /only on Monday from 09:00 to 12:30 \(UTC\)$/,
    ],
    [
      'outside hours of who started it',
      installation(held(), { actor: user('org_a', held({ hours: { ...hours, to: '10:00' } })) }),
      {},
      'outside-hours',
      /to the user that started the run only from 09:00 to 10:00 \(UTC\)$/,
    ],
    ['a field', user('org_a', held({ columns: ['name'] })), { fields: ['name'] }, 'granted', /./],
    [
      'a hidden field',
      user('org_a', held({ columns: ['name'] })),
      { fields: ['name', 'client'] },
      'column-not-granted',
      /to this user without the field client$/,
    ],
    ['rows', user('org_a', held({ maxRows: 5 })), { rows: 5 }, 'granted', /./],
    [
      'too many rows',
      user('org_a', held({ maxRows: 5 })),
      { rows: 6 },
      'too-many-rows',
      /at most 5 records at a time$/,
    ],
  ]
  for (const [name, principal, facts, rule, reason] of cases) {
    const decision = decide(principal, SCOPE, { at: AT, ...facts })
    t.match(decision, { rule, allowed: rule === 'granted', reason }, name)
  }
})

t.test('scopes with tricks are none', async (t) => {
  for (const odd of ['read:*', 'read', '*', 'READ:chantiers', 'read:chantiers ', 'read:chantiers\0', 'read:chantier'])
    t.match(decide(user('org_a', [{ scope: odd } as ScopeGrant]), SCOPE, { at: AT }), { allowed: false }, odd)
})

t.test('a limit that is not known here refuses everything', async (t) => {
  const odd: unknown[] = [
    { rate: 5 },
    { narrowed: [{ rate: 5 }] },
    { narrowed: { maxRows: 1 } },
    { narrowed: [null] },
    { conditions: { field: 'a' } },
    { columns: 'name' },
    { maxRows: 0 },
    { maxRows: 1.5 },
    { maxRows: '5' },
    { maxRows: null },
    { hours: null },
    { hours: 'always' },
  ]
  for (const limits of odd) {
    const grants = held(limits as ScopeLimits)
    const decision = decide(user('org_a', grants), SCOPE, { at: AT })
    t.match(decision, { allowed: false, rule: 'malformed-grant' }, JSON.stringify(limits))
    t.match(decide(installation(held(), { actor: user('org_a', grants) }), SCOPE, { at: AT }), { allowed: false })
    t.match(
      decide(user('org_a', [...held(), ...grants]), SCOPE, { at: AT }),
      { allowed: false },
      'beside a sound one too',
    )
  }
  t.match(decide(user('org_a', held({ maxRows: 1 })), SCOPE, { at: AT }), { allowed: true }, 'control')
})

t.test('an instant that is none is outside all hours', async (t) => {
  t.match(decide(user('org_a', held({ hours })), SCOPE, { at: Number.NaN }), { rule: 'outside-hours' })
})

t.test('what reaches past one call needs a grant without limits', async (t) => {
  t.same(decideUnlimited(user('org_a', held()), SCOPE), { allowed: true })
  t.match(decideUnlimited(user('org_a', []), SCOPE), { rule: 'scope-not-granted' })
  for (const limits of [
    { maxRows: 1000 },
    { columns: ['name'] },
    { hours: { from: '00:00', to: '24:00', timezone: 'UTC' } },
    { conditions: [{ field: 'city', op: 'eq' as const, value: 'Lyon' }] },
  ]) {
    t.match(decideUnlimited(user('org_a', held(limits)), SCOPE), { rule: 'limited-grant' })
    const narrowed = [{ scope: SCOPE, narrowed: [limits] } as ScopeGrant]
    t.match(decideUnlimited(user('org_a', narrowed), SCOPE), { rule: 'limited-grant' })
    t.match(decideUnlimited(installation(held(), { actor: user('org_a', held(limits)) }), SCOPE), { allowed: false })
  }
})

const FIELDS = ['a', 'b', 'c']
const scalar = fc.constantFrom<string | number>('x', 'y', 1, 2)
const condition = fc.record({
  field: fc.constantFrom(...FIELDS),
  op: fc.constantFrom('ne' as const, 'ne' as const, 'eq' as const, 'gte' as const),
  value: scalar,
})
const window = fc.record({
  from: fc.constantFrom('00:00', '09:00', '22:00'),
  to: fc.constantFrom('06:00', '12:00', '24:00'),
  timezone: fc.constantFrom('UTC', 'UTC', 'Europe/Paris', 'Europe/Paris', 'Nowhere/Land'),
})
const limit: fc.Arbitrary<ScopeLimits> = fc.oneof(
  fc.constant({}),
  fc.array(condition, { minLength: 1, maxLength: 2 }).map((conditions) => ({ conditions })),
  fc.subarray(FIELDS, { minLength: 1 }).map((columns) => ({ columns })),
  fc.integer({ min: 2, max: 4 }).map((maxRows) => ({ maxRows })),
  window.map((hours) => ({ hours })),
)
const limits = fc.tuple(limit, limit).map(([one, other]): ScopeLimits => ({ ...one, ...other }))
const grant: fc.Arbitrary<ScopeGrant> = fc.oneof(
  limits.map((own): ScopeGrant => ({ scope: SCOPE, ...own })),
  fc.tuple(limits, limits).map(([own, more]): ScopeGrant => ({ scope: SCOPE, ...own, narrowed: [more] })),
)
const grants = fc.oneof(
  { weight: 8, arbitrary: grant.map((one) => [one]) },
  { weight: 2, arbitrary: fc.array(grant, { maxLength: 2 }) },
)
const facts: fc.Arbitrary<RequestFacts> = fc.record(
  {
    at: fc.integer({ min: AT, max: AT + 2 * 86_400_000 }),
    fields: fc.subarray(FIELDS, { maxLength: 2 }),
    rows: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: ['at'] },
)
const record: fc.Arbitrary<JsonObject> = fc.record({ a: scalar, b: scalar, c: scalar }, { requiredKeys: [] })

/** What of one record reaches the caller: the names of its fields, or nothing at all. */
function reached(principal: Principal, facts: RequestFacts, record: JsonObject): string[] | undefined {
  const decision = decide(principal, SCOPE, facts)
  if (!decision.allowed || !compileConditions(decision.limits.conditions).matches(record)) return undefined
  const { columns } = decision.limits
  return Object.keys(record).filter((field) => columns?.includes(field) ?? true)
}

t.test('two together let through what both let through: nothing more, nothing less', async (t) => {
  let [both, none] = [0, 0]
  fc.assert(
    fc.property(grants, grants, facts, record, (own, actors, facts, record) => {
      const actor = user('org_a', actors)
      const alone = reached(installation(own), facts, record)
      const person = reached(actor, facts, record)
      const together = reached(installation(own, { actor }), facts, record)
      const expected = alone && person && alone.filter((field) => person.includes(field))
      if (expected) both++
      else none++
      deepStrictEqual(together?.sort(), expected?.sort())
    }),
    { numRuns: 3000 },
  )
  t.ok(both > 200 && none > 200, `${both} times something, ${none} times nothing`)
})

t.test('a grant that is narrowed lets through what both would', async (t) => {
  let something = 0
  fc.assert(
    fc.property(grant, grant, facts, record, (left, right, facts, record) => {
      const of = (...grants: ScopeGrant[]) => reached(user('org_a', grants), facts, record)
      const [a, b] = [of(left), of(right)]
      const narrowed = of(narrowGrant(left, right))
      if (narrowed) something++
      deepStrictEqual(narrowed?.sort(), (a && b && a.filter((field) => b.includes(field)))?.sort())
      deepStrictEqual(of(left, right)?.sort(), narrowed, 'like standing twice')
    }),
    { numRuns: 2000 },
  )
  t.ok(something > 100, `${something} times something`)
})

t.test('the fewest rows and the common columns are left', async (t) => {
  const parts = [{ maxRows: 5, columns: ['a', 'b'] }, { maxRows: 3 }, { columns: ['b', 'c'] }, {}]
  const all = parts.map((limits) => restrictionsOf({ scope: SCOPE, ...limits })).filter((one) => one !== undefined)
  t.same(combine(all), { conditions: [], hours: [], maxRows: 3, columns: ['b'] })
  t.same(combine([]), { conditions: [], hours: [] })
})
