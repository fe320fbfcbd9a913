import type { ScopeHours, Weekday } from '@annex/sdk/scope-limits'
import fc from 'fast-check'
import t from 'tap'
import { isOpen } from '../../../runtime/permissions/hours.ts'

const open = (window: Partial<ScopeHours>, at: string) =>
  isOpen({ from: '09:00', to: '17:00', timezone: 'UTC', ...window }, Date.parse(at))

t.test('opens at its first minute and closes before its last', async (t) => {
  for (const [time, expected] of [
    ['08:59:59.999', false],
    ['09:00:00.000', true],
    ['16:59:59.999', true],
    ['17:00:00.000', false],
  ] as const)
    t.equal(open({}, `2026-03-04T${time}Z`), expected, time)
})

t.test('goes by the clocks of its timezone', async (t) => {
  t.ok(open({ timezone: 'Europe/Paris' }, '2026-01-05T08:30:00Z'), 'one hour ahead in winter')
  t.notOk(open({ timezone: 'Europe/Paris' }, '2026-01-05T07:30:00Z'))
  t.ok(open({ timezone: 'Europe/Paris' }, '2026-07-06T07:30:00Z'), 'two hours in summer')
  t.ok(open({ timezone: 'Asia/Kathmandu' }, '2026-01-05T03:15:00Z'), 'and a quarter where it is so')
  t.notOk(open({ timezone: 'Asia/Kathmandu' }, '2026-01-05T03:14:59Z'))
})

t.test('holds on its days only', async (t) => {
  const week: Weekday[] = ['MON', 'TUE', 'WED', 'THU', 'FRI']
  t.ok(open({ days: week }, '2026-03-06T10:00:00Z'), 'a Friday')
  t.notOk(open({ days: week }, '2026-03-07T10:00:00Z'), 'a Saturday')
  t.ok(open({ days: ['SUN'] }, '2026-03-08T10:00:00Z'))
  const early = { days: ['MON'], from: '00:00', to: '01:00', timezone: 'Asia/Tokyo' } satisfies ScopeHours
  t.ok(open(early, '2026-03-01T15:30:00Z'), 'it is Monday in Tokyo, and Sunday still in London')
})

t.test('a window over midnight belongs to the day on which it begins', async (t) => {
  const night = { days: ['FRI'] as Weekday[], from: '22:00', to: '06:00' }
  for (const [at, expected] of [
    ['2026-03-06T21:59:00Z', false],
    ['2026-03-06T22:00:00Z', true],
    ['2026-03-07T05:59:00Z', true],
    ['2026-03-07T06:00:00Z', false],
    ['2026-03-07T22:30:00Z', false],
    ['2026-03-06T03:00:00Z', false],
  ] as const)
    t.equal(open(night, at), expected, at)
  const sunday = { days: ['SUN'] as Weekday[], from: '23:00', to: '01:00' }
  t.ok(open(sunday, '2026-03-09T00:30:00Z'), 'the week turns round')
})

t.test('a whole day ends at 24:00', async (t) => {
  const day = { days: ['WED'] as Weekday[], from: '00:00', to: '24:00' }
  t.ok(open(day, '2026-03-04T00:00:00Z'))
  t.ok(open(day, '2026-03-04T23:59:59Z'))
  t.notOk(open(day, '2026-03-05T00:00:00Z'))
})

t.test('an hour that the clocks skip is never open, one that they repeat is open twice', async (t) => {
  const night = { from: '02:00', to: '03:00', timezone: 'Europe/Paris' }
  for (let minute = 0; minute < 24 * 60; minute += 10) {
    const at = new Date(Date.parse('2026-03-29T00:00:00+01:00') + minute * 60_000).toISOString()
    t.notOk(open(night, at), at)
  }
  t.ok(open(night, '2026-10-25T00:30:00Z'), 'in summer time')
  t.ok(open(night, '2026-10-25T01:30:00Z'), 'and once more in winter time')
  t.notOk(open(night, '2026-10-25T02:00:00Z'))
})

t.test('what is odd is never open', async (t) => {
  const at = '2026-03-04T10:00:00Z'
  t.ok(open({}, at), 'control')
  for (const window of [
    { timezone: 'Europe/Atlantis' },
    { timezone: '' },
    { from: '9:00' },
    { to: 'late' },
    { from: '10:00', to: '10:00' },
    { days: [] },
  ])
    t.notOk(open(window, at), JSON.stringify(window))
  t.notOk(isOpen({ from: '00:00', to: '24:00', timezone: 'UTC' }, Number.NaN), 'no instant')
  t.notOk(isOpen({ from: '00:00', to: '24:00', timezone: 'UTC' }, Number.POSITIVE_INFINITY))
})

t.test('a window and the rest of the day are never open at once, and one of them always is', async (t) => {
  const time = fc
    .record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) })
    .map(({ hour, minute }) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`)
  const timezone = fc.constantFrom('UTC', 'Europe/Paris', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia')
  const instant = fc.date({ min: new Date('2000-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
  let inside = 0
  fc.assert(
    fc.property(time, time, timezone, instant, (from, to, timezone, at) => {
      fc.pre(from !== to)
      const within = isOpen({ from, to, timezone }, at.getTime())
      if (within) inside++
      return within !== isOpen({ from: to, to: from, timezone }, at.getTime())
    }),
    { numRuns: 500 },
  )
  t.ok(inside > 50 && inside < 450, `${inside} of 500 inside`)
})
