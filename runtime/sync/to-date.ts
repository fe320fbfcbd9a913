import type { Json } from '@annex/sdk/json'

type DateResult = { ok: true; value: string } | { ok: false; message: string }

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}.*)?$/
const FRENCH = /^(\d{2})\/(\d{2})\/(\d{4})$/

/**
 * An ISO 8601 date (`2026-11-21`) from a date, an ISO date and time, or `DD/MM/YYYY`. Of a date and time the day as
 * written is taken: moving it into another zone could make it the day before.
 */
export function toDate(value: Json): DateResult {
  const text = typeof value === 'string' ? value.trim() : ''
  const iso = ISO.exec(text)
  if (iso) return calendarDay(iso[1], iso[2], iso[3])
  const french = FRENCH.exec(text)
  if (french) return calendarDay(french[3], french[2], french[1])
  return { ok: false, message: 'is not a date' }
}

/** `Date` would turn February 30 into March 2; such a day is refused. */
function calendarDay(year = '', month = '', day = ''): DateResult {
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`)
  const exists = !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day)
  return exists
    ? { ok: true, value: `${year}-${month}-${day}` }
    : { ok: false, message: 'is not a day of the calendar' }
}
