import { resourceNamed } from '@annex/sdk/resources'
import type { ScopeAction } from '@annex/sdk/scopes'
import { decide } from '../permissions/decide.ts'
import type { KeyPrincipal, UserPrincipal } from '../permissions/principal.ts'
import type { StreamBindings } from './stream-binding.ts'

/** Who may meet integrations at all: extensions do not manage them. */
export type Person = UserPrincipal | KeyPrincipal

export type AccessDecision = { allowed: true } | { allowed: false; rule: string; reason: string }

/**
 * Whether `principal` may set up, test and sync an integration over these streams. A sync writes with the installation's
 * grant, not with that of who starts it: so a key must hold the write scope of every resource, without conditions, or it
 * would reach through the sync what it may not reach itself.
 */
export function mayManage(principal: Person, streams: StreamBindings): AccessDecision {
  if (principal.kind === 'key') return holds(principal, 'write', streams)
  if (principal.role === 'owner' || principal.role === 'admin') return { allowed: true }
  return { allowed: false, rule: 'role', reason: 'Integrations are managed by owners and admins.' }
}

/** Members see all integrations of their organization; a key those whose resources it may read. */
export function maySee(principal: Person, streams: StreamBindings): AccessDecision {
  return principal.kind === 'key' ? holds(principal, 'read', streams) : { allowed: true }
}

function holds(principal: Person, action: ScopeAction, streams: StreamBindings): AccessDecision {
  for (const { resource } of Object.values(streams)) {
    const scope = resourceNamed(resource)?.scope
    if (scope === undefined) return { allowed: false, rule: 'unknown-resource', reason: `There is no ${resource}.` }
    const decision = decide(principal, `${action}:${scope}`)
    if (!decision.allowed) return decision
    if (action === 'write' && decision.conditions.length > 0) {
      return { allowed: false, rule: 'row-condition', reason: `${action}:${scope} is granted only under conditions.` }
    }
  }
  return { allowed: true }
}
