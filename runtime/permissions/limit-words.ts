import type { ScopeCondition, ScopeHours } from '@annex/sdk/scope-limits'
import type { Restrictions } from './restrictions.ts'

const COMPARISONS: Readonly<Record<ScopeCondition['op'], string>> = {
  eq: 'is',
  ne: 'is not',
  in: 'is one of',
  gt: 'is more than',
  gte: 'is at least',
  lt: 'is less than',
  lte: 'is at most',
}

const DAYS = {
  MON: 'Monday',
  TUE: 'Tuesday',
  WED: 'Wednesday',
  THU: 'Thursday',
  FRI: 'Friday',
  SAT: 'Saturday',
  SUN: 'Sunday',
} as const

/** Restrictions in plain words, one text each; they go on a sentence that says what may be done. */
export function limitWords({ conditions, columns, maxRows, hours }: Restrictions): string[] {
  return [
    ...(conditions.length > 0 ? [`only where ${conditions.map(conditionWords).join(' and ')}`] : []),
    ...(columns ? [columnWords(columns)] : []),
    ...(maxRows === undefined ? [] : [`at most ${maxRows} ${maxRows === 1 ? 'record' : 'records'} at a time`]),
    ...hours.map((window) => `only ${hoursWords(window)}`),
  ]
}

export function hoursWords({ days, from, to, timezone }: ScopeHours): string {
  const when = days === undefined ? '' : `on ${days.map((day) => DAYS[day]).join(', ')} `
  return `${when}from ${from} to ${to} (${timezone})`
}

function columnWords(columns: readonly string[]): string {
  if (columns.length === 0) return 'none of their fields'
  return `only the ${columns.length === 1 ? 'field' : 'fields'} ${columns.join(', ')}`
}

function conditionWords({ field, op, value }: ScopeCondition): string {
  return `${field} ${COMPARISONS[op]} ${Array.isArray(value) ? value.map(valueWords).join(', ') : valueWords(value)}`
}

/** In quotes unless it is one word: "city is not Lyon and status is ACTIVE" must not be one condition that reads as two. */
function valueWords(value: string | number | boolean): string {
  return typeof value === 'string' && !/^[\p{L}\p{N}_.-]+$/u.test(value) ? JSON.stringify(value) : String(value)
}
