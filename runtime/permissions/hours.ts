import { type ScopeHours, WEEKDAYS } from '@annex/sdk/scope-limits'

/**
 * Whether the window is open at `at` (milliseconds since the Unix epoch). Read off the clocks of its timezone, so that
 * summer time needs no rule of its own. Fails closed: a zone that nobody knows, odd times or no instant are never open.
 */
export function isOpen({ days, from, to, timezone }: ScopeHours, at: number): boolean {
  const local = localTime(timezone, at)
  const [start, end] = [minutesOf(from), minutesOf(to)]
  if (!local || Number.isNaN(start) || Number.isNaN(end)) return false
  const on = (day: number) => days === undefined || days.includes(WEEKDAYS[day % 7] ?? 'MON')
  const { day, minute } = local
  if (start < end) return on(day) && minute >= start && minute < end
  if (start === end) return false
  return (on(day) && minute >= start) || (on(day + 6) && minute < end)
}

/** More zones than there are names for; odd spellings of one must not grow it for ever. */
const MAX_FORMATS = 600
const formats = new Map<string, Intl.DateTimeFormat>()

/** Days count from Monday, minutes from midnight. */
function localTime(timezone: string, at: number): { day: number; minute: number } | undefined {
  const format = formatOf(timezone)
  if (!format || !Number.isFinite(at)) return undefined
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]))
  const day = (WEEKDAYS as readonly string[]).indexOf(parts.get('weekday')?.toUpperCase() ?? '')
  return day < 0 ? undefined : { day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) }
}

function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
  const known = formats.get(timeZone)
  if (known) return known
  try {
    const options = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
    const made = new Intl.DateTimeFormat('en-US', { ...options, timeZone })
    if (formats.size >= MAX_FORMATS) formats.clear()
    formats.set(timeZone, made)
    return made
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function minutesOf(time: string): number {
  const [, hours, minutes] = /^(\d\d):(\d\d)$/.exec(time) ?? []
  return Number(hours) * 60 + Number(minutes)
}
