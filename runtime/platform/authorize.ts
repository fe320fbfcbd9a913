import type { Resource, ResourceOperation } from '@annex/sdk/resource'
import { resourceNamed } from '@annex/sdk/resources'
import type { Scope } from '@annex/sdk/scopes'
import type { Audit } from '../audit/audit.ts'
import type { AuditEntry } from '../audit/audit-entry.ts'
import { compileConditions, type RowFilter } from '../permissions/compile-conditions.ts'
import { decide } from '../permissions/decide.ts'
import { type Principal, principalName } from '../permissions/principal.ts'
import { type Result, refusal } from '../result.ts'
import { columnOf } from './resource-collections.ts'

/** A principal that may use one operation of one resource, on the rows that `filter` lets pass. */
export interface Access {
  principal: Principal
  resource: Resource
  operation: ResourceOperation | 'upsert'
  filter: RowFilter
}

export type Refusal = Extract<Result<never>, { ok: false }>

/** A refusal together with what the audit trail must say of it, where it is one of rights. */
export interface Denied {
  refusal: Refusal
  entry?: AuditEntry
}

/** What most rows of the audit trail say. */
export const GRANTED = { outcome: 'allowed', rule: 'granted' } as const

/** `upsert` is what a sync does; it needs what `create` and `update` need. */
export function authorize(
  principal: Principal,
  resourceName: string,
  operation: Access['operation'],
): { access: Access } | { denied: Denied } {
  const resource = resourceNamed(resourceName)
  const needed = operation === 'upsert' ? 'update' : operation
  if (!resource?.operations.includes(needed)) {
    return { denied: { refusal: refusal('NOT_FOUND', `there is no ${needed} of ${resourceName.slice(0, 64)}`) } }
  }
  const decision = decide(principal, scopeOf(resource, operation))
  const filter = compileConditions(decision.allowed ? decision.conditions : [], (field) => columnOf(resource, field))
  const access: Access = { principal, resource, operation, filter }
  if (decision.allowed) return { access }
  return { denied: denied(access, decision.rule, decision.reason) }
}

/** Whether the principal is shown this record at all, whatever it may write. */
export function mayRead(
  principal: Principal,
  resource: Resource,
  record: Parameters<RowFilter['matches']>[0],
): boolean {
  const decision = decide(principal, `read:${resource.scope}`)
  return decision.allowed && compileConditions(decision.conditions).matches(record)
}

export function denied(access: Access, rule: string, reason: string, target?: string): Denied {
  return {
    refusal: refusal('PERMISSION_DENIED', reason),
    entry: auditEntry(access, { outcome: 'refused', rule, ...(target === undefined ? {} : { target }) }),
  }
}

/** The target is the record where there is one, else the resource. */
export function auditEntry(
  { principal, resource, operation }: Access,
  more: Pick<AuditEntry, 'outcome' | 'rule' | 'target' | 'details'>,
): AuditEntry {
  const { target, ...rest } = more
  return {
    organizationId: principal.organizationId,
    actor: principalName(principal),
    action: `platform.${operation}`,
    target: target === undefined ? resource.name : `${resource.name}/${target}`,
    ...rest,
  }
}

/** A refusal of rights is durable before the caller hears of it. */
export async function answerDenied(audit: Audit, { refusal: answer, entry }: Denied): Promise<Refusal> {
  if (entry) await audit.write(entry)
  return answer
}

function scopeOf(resource: Resource, operation: Access['operation']): Scope {
  return `${operation === 'list' || operation === 'get' ? 'read' : 'write'}:${resource.scope}`
}
