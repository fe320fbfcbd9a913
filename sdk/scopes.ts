/**
 * Scopes say what may be done to which resource: `action:resource`, as in `read:assets` or `write:sav`. The shorthands
 * `resource:*`, `read` and `write` are expanded at the door by `normalizeScopes`; inside there is only the long form.
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

/** Whether `text` is a scope in its long form, exactly: no spaces, no other case, no wildcard. */
export function isScope(text: string): text is Scope {
  return (ALL_SCOPES as readonly string[]).includes(text)
}

/** The long forms of `texts`, sorted and each once; or the texts that name no scope. */
export function normalizeScopes(texts: readonly string[]): { scopes: Scope[] } | { unknown: string[] } {
  const scopes = new Set<Scope>()
  const unknown: string[] = []
  for (const text of texts) {
    const expanded = expand(text)
    if (expanded.length === 0) unknown.push(text)
    for (const scope of expanded) scopes.add(scope)
  }
  return unknown.length > 0 ? { unknown } : { scopes: [...scopes].sort() }
}

function expand(text: string): Scope[] {
  if (isScope(text)) return [text]
  if (text === 'read' || text === 'write') return ALL_SCOPES.filter((scope) => scope.startsWith(`${text}:`))
  if (!text.endsWith(':*')) return []
  const resource = text.slice(0, -2)
  return ALL_SCOPES.filter((scope) => scope.slice(scope.indexOf(':') + 1) === resource)
}

/** A row filter on a grant: only records whose `field` compares so are seen or written. */
export interface ScopeCondition {
  field: string
  op: 'eq' | 'ne' | 'in' | 'gt' | 'gte' | 'lt' | 'lte'
  value: string | number | boolean | (string | number | boolean)[]
}

/** One scope that a principal holds. Without conditions it covers every record of its organization. */
export interface ScopeGrant {
  scope: Scope
  conditions?: ScopeCondition[]
}
