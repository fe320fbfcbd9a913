import { limitsWithin } from '@annex/sdk/manifest/limits-within'
import type { ScopeCondition, ScopeHours, ScopeLimits } from '@annex/sdk/scope-limits'
import fc from 'fast-check'
import t from 'tap'

const when = (op: ScopeCondition['op'], value: ScopeCondition['value'], field = 'size'): ScopeLimits => ({
  conditions: [{ field, op, value }],
})
const hours = (from: string, to: string, more: Partial<ScopeHours> = {}): ScopeLimits => ({
  hours: { from, to, timezone: 'Europe/Paris', ...more },
})

t.test('limits within limits', async (t) => {
  const cases: [inner: ScopeLimits, outer: ScopeLimits][] = [
    [{}, {}],
    [when('eq', 'a'), {}],
    [when('eq', 'a'), when('in', ['a', 'b'])],
    [when('in', ['a']), when('eq', 'a')],
    [when('eq', 'a'), when('ne', 'b')],
    [when('eq', 5), when('gt', 4)],
    [when('in', [5, 6]), when('lte', 6)],
    [when('gt', 5), when('gte', 5)],
    [when('lt', 4), when('lte', 5)],
    [
      { conditions: [...(when('eq', 1).conditions ?? []), ...(when('eq', 2, 'other').conditions ?? [])] },
      when('eq', 1),
    ],
    [{ columns: ['a'] }, { columns: ['a', 'b'] }],
    [{ maxRows: 5 }, { maxRows: 5 }],
    [hours('09:00', '12:00'), hours('08:00', '18:00')],
    [hours('22:00', '06:00', { days: ['MON'] }), hours('22:00', '06:00')],
  ]
  for (const [inner, outer] of cases) t.ok(limitsWithin(inner, outer), JSON.stringify([inner, outer]))
})

t.test('limits that let more through', async (t) => {
  const cases: [inner: ScopeLimits, outer: ScopeLimits][] = [
    [{}, when('eq', 'a')],
    [when('in', ['a', 'c']), when('in', ['a', 'b'])],
    [when('eq', 'a', 'other'), when('eq', 'a')],
    [when('ne', 'a'), when('ne', 'b')],
    [when('eq', 1), when('ne', '2')],
    [when('gte', 5), when('gt', 5)],
    [when('gt', 4), when('gt', 5)],
    [when('gt', 5), when('lt', 9)],
    [when('gt', '2026-02-01'), when('gt', '2026-01-01')],
    [{ columns: ['a', 'c'] }, { columns: ['a', 'b'] }],
    [{}, { columns: ['a'] }],
    [{ maxRows: 6 }, { maxRows: 5 }],
    [{}, { maxRows: 5 }],
    [hours('07:00', '12:00'), hours('08:00', '18:00')],
    [hours('09:00', '12:00', { timezone: 'UTC' }), hours('08:00', '18:00')],
    [hours('09:00', '12:00'), hours('08:00', '18:00', { days: ['MON'] })],
    [hours('23:00', '05:00'), hours('22:00', '06:00')],
    [{}, hours('08:00', '18:00')],
  ]
  for (const [inner, outer] of cases) t.notOk(limitsWithin(inner, outer), JSON.stringify([inner, outer]))
})

t.test('numbers: what is within lets no other number through', async () => {
  const small = fc.integer({ min: 0, max: 6 })
  const condition = fc.oneof(
    fc.record({ field: fc.constant('size'), op: fc.constantFrom('eq', 'ne', 'gt', 'gte', 'lt', 'lte'), value: small }),
    fc.record({
      field: fc.constant('size'),
      op: fc.constant('in'),
      value: fc.array(small, { minLength: 1, maxLength: 3 }),
    }),
  ) as fc.Arbitrary<ScopeCondition>
  fc.assert(
    fc.property(condition, condition, (inner, outer) => {
      if (!limitsWithin({ conditions: [inner] }, { conditions: [outer] })) return true
      return [-1, 0, 1, 2, 3, 4, 5, 6, 7, 2.5].every((size) => !holds(inner, size) || holds(outer, size))
    }),
    { numRuns: 2000 },
  )
})

function holds({ op, value }: ScopeCondition, size: number): boolean {
  const wanted = [value].flat().map(Number)
  const [first = 0] = wanted
  const answers = {
    eq: size === first,
    ne: size !== first,
    in: wanted.includes(size),
    gt: size > first,
    gte: size >= first,
    lt: size < first,
    lte: size <= first,
  }
  return answers[op]
}
