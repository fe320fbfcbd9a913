import t from 'tap'
import { nextRun } from '../../../runtime/schedules/next-run.ts'

/** The next `count` instants after `from`. */
function runs(cron: string, from: string, count: number, timezone = 'Europe/Paris'): (string | undefined)[] {
  const found: (string | undefined)[] = []
  for (let at = Date.parse(from); found.length < count; at = Date.parse(found.at(-1) ?? '')) {
    const next = nextRun({ cron, timezone }, at)
    found.push(next)
    if (next === undefined) break
  }
  return found
}

t.test('in the hour that the clocks skip it is due right after', async (t) => {
  t.same(runs('30 2 * * *', '2026-03-28T12:00:00Z', 2), ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'])
})

t.test('in the hour that comes twice it is due once', async (t) => {
  t.same(runs('30 2 * * *', '2026-10-24T12:00:00Z', 2), ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'])
})

t.test('several times of the hour that comes twice are due once each', async (t) => {
  const three = ['2026-10-25T00:15:00.000Z', '2026-10-25T02:15:00.000Z', '2026-10-26T01:15:00.000Z']
  t.same(runs('15 2,3 * * *', '2026-10-24T23:00:00Z', 3), three)
  const six = [0, 1, 2, 3, 4, 5].map((ten) => `2026-10-25T00:${ten}0:00.000Z`)
  t.same(runs('*/10 2 * * *', '2026-10-24T23:50:00Z', 7), [...six, '2026-10-26T01:00:00.000Z'])
  t.same(runs('30 2 * * *', '2026-10-25T00:45:00Z', 1), ['2026-10-26T01:30:00.000Z'], 'asked between the two')
  t.same(runs('30 2 * * *', '2026-10-25T01:10:00Z', 1), ['2026-10-26T01:30:00.000Z'], 'asked in the second')
})

t.test('several times of the hour that the clocks skip are made up for once', async (t) => {
  const after = ['2026-03-29T01:00:00.000Z', '2026-03-30T00:00:00.000Z']
  t.same(runs('*/20 2 * * *', '2026-03-28T23:50:00Z', 2), after)
  t.same(runs('0 2-3 * * *', '2026-03-28T22:00:00Z', 2), after, 'one with the time that follows')
})

t.test('without a change of the clocks it is due at its times', async (t) => {
  const from = '2026-06-01T00:00:00Z'
  t.same(runs('30 2 1 * *', from, 2), ['2026-06-01T00:30:00.000Z', '2026-07-01T00:30:00.000Z'])
  t.same(runs('0 */12 * * *', from, 2, 'Asia/Kolkata'), ['2026-06-01T06:30:00.000Z', '2026-06-01T18:30:00.000Z'])
})

t.test('one of every hour stays one of every hour', async (t) => {
  const hours = [0, 1, 2].map((hour) => `2026-10-25T0${hour}:30:00.000Z`)
  t.same(runs('30 * * * *', '2026-10-24T23:30:00Z', 3), hours)
})

t.test('a day that never comes is never due', async (t) => {
  t.same(runs('0 0 30 2 *', '2026-01-01T00:00:00Z', 1, 'UTC'), [undefined])
})

t.test('seconds and unknown zones are no schedules', async (t) => {
  t.throws(() => nextRun({ cron: '* * * * * *', timezone: 'UTC' }, 0))
  t.throws(() => nextRun({ cron: '* 1 * * * *', timezone: 'UTC' }, 0))
  t.throws(() => nextRun({ cron: '* * * * *', timezone: 'Mars/Olympus' }, 0))
  t.throws(() => nextRun({ cron: '0 1 * * *', timezone: 'Mars/Olympus' }, 0))
})
