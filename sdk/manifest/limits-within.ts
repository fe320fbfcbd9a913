import { canonicalJson } from '../canonical-json.ts'
import type { ScopeCondition, ScopeHours, ScopeLimits } from '../scope-limits.ts'
import { WEEKDAYS } from '../scope-limits.ts'

/** Whether all that `inner` lets through is let through by `outer` too. In doubt it is not. */
export function limitsWithin(inner: ScopeLimits, outer: ScopeLimits): boolean {
  return (
    (outer.conditions ?? []).every((wanted) => (inner.conditions ?? []).some((one) => implies(one, wanted))) &&
    isWithin(inner.columns, outer.columns, (a, b) => a.every((field) => b.includes(field))) &&
    isWithin(inner.maxRows, outer.maxRows, (a, b) => a <= b) &&
    isWithin(inner.hours, outer.hours, hoursWithin)
  )
}

/** What is not limited contains everything, and is contained by nothing else. */
function isWithin<T>(inner: T | undefined, outer: T | undefined, within: (inner: T, outer: T) => boolean): boolean {
  return outer === undefined || (inner !== undefined && within(inner, outer))
}

/** Whether each record that meets `one` meets `other`. */
function implies(one: ScopeCondition, other: ScopeCondition): boolean {
  if (one.field !== other.field) return false
  if (canonicalJson(one) === canonicalJson(other)) return true
  const values = one.op === 'eq' || one.op === 'in' ? [one.value].flat() : undefined
  if (values) return values.every((value) => meets(value, other))
  return isBound(one) && isBound(other) && boundWithin(one, other)
}

function meets(value: unknown, { op, value: wanted }: ScopeCondition): boolean {
  if (op === 'eq' || op === 'in') return [wanted].flat().some((each) => each === value)
  if (op === 'ne') return typeof value === typeof wanted && value !== wanted
  if (typeof value !== 'number' || typeof wanted !== 'number') return false
  return op === 'gt' ? value > wanted : op === 'gte' ? value >= wanted : op === 'lt' ? value < wanted : value <= wanted
}

interface Bound {
  op: 'gt' | 'gte' | 'lt' | 'lte'
  value: number
}

/** Texts are left out: how a store orders them is not known here. */
function isBound({ op, value }: Pick<ScopeCondition, 'op' | 'value'>): boolean {
  return ['gt', 'gte', 'lt', 'lte'].includes(op) && typeof value === 'number'
}

function boundWithin(one: Pick<ScopeCondition, 'op' | 'value'>, other: Pick<ScopeCondition, 'op' | 'value'>): boolean {
  const [a, b] = [one as Bound, other as Bound]
  if (a.op.startsWith('g') !== b.op.startsWith('g')) return false
  if (a.value === b.value) return a.op === b.op || b.op.endsWith('e')
  return a.op.startsWith('g') ? a.value > b.value : a.value < b.value
}

function hoursWithin(inner: ScopeHours, outer: ScopeHours): boolean {
  const { days = WEEKDAYS } = outer
  if (inner.timezone !== outer.timezone || !(inner.days ?? WEEKDAYS).every((day) => days.includes(day))) return false
  if (inner.from === outer.from && inner.to === outer.to) return true
  // A window over midnight is compared only with itself.
  const plain = inner.from < inner.to && outer.from < outer.to
  return plain && inner.from >= outer.from && inner.to <= outer.to
}
