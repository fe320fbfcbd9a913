import type { ScopeLimits } from './scope-limits.ts'

/**
 * Scopes say what may be done to which resource: `action:resource`, as in `read:assets` or `write:sav`. The shorthands
 * `resource:*`, `read` and `write` are expanded at the door by `expandScope`; inside there is only the long form.
 */
export type ScopeAction = 'read' | 'write'
export type Scope = `${ScopeAction}:${string}`

/** Every resource that a scope can name. */
export const SCOPE_RESOURCES = [
  'assets',
  'rse',
  'sav',
  'chantiers',
  'timesheets',
  'documents',
  'tasks',
  'payroll-variables',
  'planning',
  'invoices',
] as const

export type ScopeResource = (typeof SCOPE_RESOURCES)[number]

export const ALL_SCOPES: readonly Scope[] = SCOPE_RESOURCES.flatMap((resource): Scope[] => [
  `read:${resource}`,
  `write:${resource}`,
])

/** One scope that a principal holds. Without limits it covers every field of every record, at every hour. */
export type ScopeGrant = ScopeLimits & {
  scope: Scope
  /** Who granted, or started the run, may have narrowed it further: all of these apply too. */
  narrowed?: ScopeLimits[]
}

/** Whether `text` is a scope in its long form, exactly: no spaces, no other case, no wildcard. */
export function isScope(text: string): text is Scope {
  return (ALL_SCOPES as readonly string[]).includes(text)
}

/** The noun of a scope. */
export function resourceOf(scope: Scope): string {
  return scope.slice(scope.indexOf(':') + 1)
}

/** The long forms of a scope or shorthand; none when it names no scope. */
export function expandScope(text: string): Scope[] {
  if (isScope(text)) return [text]
  if (text === 'read' || text === 'write') return ALL_SCOPES.filter((scope) => scope.startsWith(`${text}:`))
  return text.endsWith(':*') ? ALL_SCOPES.filter((scope) => resourceOf(scope) === text.slice(0, -2)) : []
}
