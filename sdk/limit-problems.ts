import { fieldsOf as fieldsOfResource, PLATFORM_FIELDS } from './resource.ts'
import { RESOURCES } from './resources.ts'
import type { ScopeCondition, ScopeHours, ScopeLimits } from './scope-limits.ts'
import { resourceOf, type Scope } from './scopes.ts'

/** Limits that fit their schema and still cannot be meant, with a JSON pointer from the limits on. */
export interface LimitProblem {
  pointer: string
  message: string
}

/** None of these would widen anything, since what is odd fails closed; but who wrote it should hear of it. */
export function limitProblems(scope: Scope, { conditions = [], columns = [], hours }: ScopeLimits): LimitProblem[] {
  const known = fieldsOf(scope)
  const missing = (field: string) => known !== undefined && !known.has(field)
  const unknown = `is not a field of ${resourceOf(scope)}`
  return [
    ...conditions.flatMap((condition, at) => {
      const pointer = `/conditions/${at}`
      if (missing(condition.field)) return [{ pointer: `${pointer}/field`, message: `${condition.field} ${unknown}` }]
      return fitsItsOperator(condition)
        ? []
        : [{ pointer, message: '"in" takes a list, every other operator one value' }]
    }),
    ...columns.flatMap((field, at) =>
      missing(field) ? [{ pointer: `/columns/${at}`, message: `${field} ${unknown}` }] : [],
    ),
    ...(hours ? hoursProblems(hours) : []),
  ]
}

/** Nothing when no resource with this scope is declared: then nothing can be said of its fields. */
function fieldsOf(scope: Scope): ReadonlySet<string> | undefined {
  const declared = RESOURCES.filter((resource) => resource.scope === resourceOf(scope))
  if (declared.length === 0) return undefined
  return new Set([...PLATFORM_FIELDS, ...declared.flatMap(fieldsOfResource)])
}

function fitsItsOperator({ op, value }: ScopeCondition): boolean {
  return Array.isArray(value) === (op === 'in')
}

function hoursProblems({ from, to, timezone }: ScopeHours): LimitProblem[] {
  const problems: LimitProblem[] = []
  if (from === to)
    problems.push({ pointer: '/hours/to', message: 'the hours end when they begin; a day ends at 24:00' })
  if (!isTimezone(timezone)) problems.push({ pointer: '/hours/timezone', message: `there is no timezone ${timezone}` })
  return problems
}

function isTimezone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
