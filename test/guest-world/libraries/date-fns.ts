import * as dates from 'date-fns'
import { de, fr, ja } from 'date-fns/locale'
import type { Features } from './features.ts'

const DAY = new Date(Date.UTC(2026, 1, 28, 13, 5, 9))
const local = (...parts: [number, number, number, number?, number?]) => new Date(...parts)

export const features: Features = {
  format: () => dates.format(local(2026, 1, 28, 13, 5), "yyyy-MM-dd'T'HH:mm EEEE do MMMM QQQ RRRR-'W'II"),
  'format in other languages': () => [fr, de, ja].map((locale) => dates.format(local(2026, 6, 14), 'PPPP', { locale })),
  formatISO: () => dates.formatISO(local(2026, 0, 2), { representation: 'date' }),
  formatRFC7231: () => dates.formatRFC7231(DAY),
  'format without a pattern': () => dates.format(local(2026, 0, 2), 'yyyy n'),
  parse: () => dates.format(dates.parse('14/07/2026 18h30', "dd/MM/yyyy HH'h'mm", local(2000, 0, 1)), 'yyyyMMddHHmm'),
  'parse in French': () =>
    dates.format(dates.parse('3 février 2026', 'd MMMM yyyy', local(2000, 0, 1), { locale: fr }), 'yyyyMMdd'),
  'parse of nonsense': () => dates.isValid(dates.parse('31/02/2026', 'dd/MM/yyyy', local(2000, 0, 1))),
  parseISO: () =>
    ['2026-02-28T13:05:09Z', '2026-W09-6', '2026-059', '+002026-01-01', 'x']
      .map((text) => Number(dates.parseISO(text)) || 'invalid')
      .slice(0, 1),
  parseJSON: () => dates.parseJSON('2026-02-28T13:05:09.123+02:00').toISOString(),
  add: () => dates.formatISO(dates.add(local(2024, 0, 31), { months: 1, days: 1 }), { representation: 'date' }),
  'add months at the end of one': () =>
    [1, 13, -1].map((n) => dates.format(dates.addMonths(local(2024, 0, 31), n), 'yyyyMMdd')),
  'business days': () => [
    dates.format(dates.addBusinessDays(local(2026, 1, 27), 3), 'yyyyMMdd'),
    dates.differenceInBusinessDays(local(2026, 2, 9), local(2026, 1, 27)),
  ],
  differences: () => [
    dates.differenceInCalendarDays(local(2026, 2, 1), local(2024, 1, 28)),
    dates.differenceInMonths(local(2026, 1, 28), local(2025, 0, 31)),
    dates.differenceInWeeks(local(2026, 1, 28), local(2026, 0, 1)),
  ],
  intervals: () => [
    dates
      .eachDayOfInterval({ start: local(2026, 1, 27), end: local(2026, 2, 2) })
      .map((day) => dates.format(day, 'dd')),
    dates.areIntervalsOverlapping({ start: 0, end: 10 }, { start: 9, end: 20 }),
    dates.eachWeekOfInterval({ start: local(2026, 0, 1), end: local(2026, 1, 1) }, { weekStartsOn: 1 }).length,
    dates.intervalToDuration({ start: local(2024, 0, 1), end: local(2026, 1, 3, 4, 5) }),
  ],
  'an interval from its end': () => dates.interval(local(2026, 1, 2), local(2026, 1, 1), { assertPositive: true }),
  durations: () => [
    dates.formatDuration({ years: 1, days: 3, minutes: 5 }),
    dates.formatDuration({ months: 2, hours: 1 }, { locale: de }),
    dates.formatISODuration({ days: 2, hours: 3 }),
    dates.milliseconds({ days: 1 }),
  ],
  distances: () => [
    dates.formatDistance(local(2026, 1, 1), local(2026, 1, 3)),
    dates.formatDistanceStrict(local(2026, 1, 1), local(2026, 2, 3), { locale: fr, addSuffix: true }),
    dates.formatRelative(local(2026, 1, 1), local(2026, 1, 3), { locale: de }),
  ],
  'weeks and quarters': () => [
    dates.getISOWeek(local(2026, 11, 31)),
    dates.getISOWeekYear(local(2027, 0, 1)),
    dates.getQuarter(DAY),
    dates.getWeeksInMonth(local(2026, 1, 1)),
  ],
  edges: () =>
    [dates.startOfMonth, dates.endOfMonth, dates.startOfISOWeek, dates.startOfQuarter, dates.lastDayOfYear].map(
      (edge) => dates.format(edge(local(2026, 4, 15)), 'yyyyMMddHHmm'),
    ),
  comparisons: () => [
    dates.isBefore(1, 2),
    dates.isSameMonth(local(2026, 1, 1), local(2026, 1, 28)),
    dates.isWeekend(local(2026, 1, 28)),
    dates.isLeapYear(local(2024, 0, 1)),
    dates.max([1, 3, 2]).getTime(),
  ],
  sorting: () => [3, 1, 2].sort(dates.compareDesc),
  intl: () =>
    dates.intlFormat(DAY, { year: 'numeric', month: 'long', day: 'numeric', timeZone: 'UTC' }, { locale: 'fr-FR' }),
}
