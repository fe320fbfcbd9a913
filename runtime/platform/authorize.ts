import type { JsonObject } from '@annex/sdk/json'
import { fieldsOf, type Resource, type ResourceOperation } from '@annex/sdk/resource'
import { resourceNamed } from '@annex/sdk/resources'
import type { Scope } from '@annex/sdk/scopes'
import type { Audit } from '../audit/audit.ts'
import type { AuditEntry } from '../audit/audit-entry.ts'
import { compileConditions, type RowFilter } from '../permissions/compile-conditions.ts'
import { type Decision, decide, type RequestFacts } from '../permissions/decide.ts'
import { type Principal, principalName } from '../permissions/principal.ts'
import { type Restrictions, UNRESTRICTED } from '../permissions/restrictions.ts'
import { type Result, refusal } from '../result.ts'
import { recordOf } from './record.ts'
import { columnOf, type StoredRecord } from './resource-collections.ts'

/** A principal that may use one operation of one resource, on the rows that `filter` lets pass. */
export interface Access {
  principal: Principal
  resource: Resource
  operation: ResourceOperation | 'upsert'
  limits: Restrictions
  filter: RowFilter
  /** The instant of the decision, in milliseconds since the Unix epoch. */
  at: number
}

export type Refusal = Extract<Result<never>, { ok: false }>

/** A refusal together with what the audit trail must say of it, where it is one of rights. */
export interface Denied {
  refusal: Refusal
  entry?: AuditEntry
}

/** What most rows of the audit trail say. */
export const GRANTED = { outcome: 'allowed', rule: 'granted' } as const

/**
 * `upsert` is what a sync does; it needs what `create` and `update` need. Removing a record takes all of its fields
 * away, so it needs all of them.
 */
export function authorize(
  principal: Principal,
  resourceName: string,
  operation: Access['operation'],
  facts: RequestFacts,
): { access: Access } | { denied: Denied } {
  const resource = resourceNamed(resourceName)
  const needed = operation === 'upsert' ? 'update' : operation
  if (!resource?.operations.includes(needed)) {
    return { denied: { refusal: refusal('NOT_FOUND', `there is no ${needed} of ${resourceName.slice(0, 64)}`) } }
  }
  const fields = operation === 'remove' ? fieldsOf(resource) : facts.fields
  const decision = decide(principal, scopeOf(resource, operation), { ...facts, ...(fields ? { fields } : {}) })
  const limits = decision.allowed ? decision.limits : UNRESTRICTED
  const filter = compileConditions(limits.conditions, (field) => columnOf(resource, field))
  const access: Access = { principal, resource, operation, limits, filter, at: facts.at }
  if (decision.allowed) return { access }
  return { denied: denied(access, decision.rule, decision.reason) }
}

/**
 * Why one row of a call that was allowed may not name these fields; the rows of a batch are refused one by one. All but
 * the columns was decided with the call.
 */
export function deniedFields(access: Access, fields: readonly string[], target: string): Denied | undefined {
  const { principal, resource, operation, limits, at } = access
  if (!limits.columns) return undefined
  const decision = decide(principal, scopeOf(resource, operation), { at, fields })
  return decision.allowed ? undefined : denied(access, decision.rule, decision.reason, target)
}

/** What the principal is shown of this record, whatever it may write; nothing when that is nothing at all. */
export function readable({ principal, resource, at }: Access, stored: StoredRecord): Restrictions | undefined {
  const decision: Decision = decide(principal, `read:${resource.scope}`, { at })
  if (!decision.allowed) return undefined
  return compileConditions(decision.limits.conditions).matches(recordOf(stored)) ? decision.limits : undefined
}

export function denied(access: Access, rule: string, reason: string, target?: string): Denied {
  return {
    refusal: refusal('PERMISSION_DENIED', reason, { details: { rule } }),
    entry: auditEntry(access, { outcome: 'refused', rule, ...(target === undefined ? {} : { target }) }),
  }
}

/** The target is the record where there is one, else the resource. */
export function auditEntry(
  { principal, resource, operation }: Access,
  more: Pick<AuditEntry, 'outcome' | 'rule' | 'target' | 'details'>,
): AuditEntry {
  const { target, details, ...rest } = more
  const all = { ...details, ...grantOf(principal) }
  return {
    organizationId: principal.organizationId,
    actor: principalName(principal),
    action: `platform.${operation}`,
    target: target === undefined ? resource.name : `${resource.name}/${target}`,
    ...rest,
    ...(Object.keys(all).length === 0 ? {} : { details: all }),
  }
}

/** Which state of the grant decided, and for whom the extension acted. */
function grantOf(principal: Principal): JsonObject {
  if (principal.kind !== 'installation') return {}
  const { epoch, actor } = principal
  return actor ? { epoch, startedBy: principalName(actor) } : { epoch }
}

/** A refusal of rights is durable before the caller hears of it. */
export async function answerDenied(audit: Audit, { refusal: answer, entry }: Denied): Promise<Refusal> {
  if (entry) await audit.write(entry)
  return answer
}

function scopeOf(resource: Resource, operation: Access['operation']): Scope {
  return `${operation === 'list' || operation === 'get' ? 'read' : 'write'}:${resource.scope}`
}
