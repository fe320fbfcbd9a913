import type { Scope, ScopeCondition, ScopeGrant } from '@annex/sdk/scopes'
import type { Principal } from './principal.ts'

/** `rule` names what decided, for audit rows and explanations. */
export type Decision =
  | { allowed: true; rule: 'granted'; reason: string; conditions: readonly ScopeCondition[][] }
  | { allowed: false; rule: 'scope-not-granted' | 'actor-not-granted'; reason: string }

/**
 * Whether `principal` may use `scope`. A pure function. `conditions` is a conjunction: a record must pass every
 * list's every condition (one list for the installation, one for its actor).
 */
export function decide(principal: Principal, scope: Scope): Decision {
  const own = find(principal.grants, scope)
  if (!own) return refusal('scope-not-granted', `${scope} is not granted to this ${principal.kind}`)
  const conditions = own.conditions?.length ? [own.conditions] : []
  if (principal.kind !== 'installation' || !principal.actor) return granted(scope, conditions)
  const actors = find(principal.actor.grants, scope)
  if (!actors)
    return refusal('actor-not-granted', `${scope} is not granted to the ${principal.actor.kind} that started the run`)
  return granted(scope, actors.conditions?.length ? [...conditions, actors.conditions] : conditions)
}

function find(grants: readonly ScopeGrant[], scope: Scope): ScopeGrant | undefined {
  return grants.find((grant) => grant.scope === scope)
}

function granted(scope: Scope, conditions: readonly ScopeCondition[][]): Decision {
  return { allowed: true, rule: 'granted', reason: `${scope} is granted`, conditions }
}

function refusal(rule: 'scope-not-granted' | 'actor-not-granted', reason: string): Decision {
  return { allowed: false, rule, reason }
}
