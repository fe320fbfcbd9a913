import { resourceNamed } from '@annex/sdk/resources'
import type { ScopeAction } from '@annex/sdk/scopes'
import { decideUnlimited } from '../permissions/decide.ts'
import type { KeyPrincipal, UserPrincipal } from '../permissions/principal.ts'
import type { StreamBinding, StreamBindings } from './stream-binding.ts'

/** Who may meet integrations at all: extensions do not manage them. */
export type Person = UserPrincipal | KeyPrincipal

export type AccessDecision = { allowed: true } | { allowed: false; rule: string; reason: string }

/**
 * What a sync does to the resource of a binding, and so what takes of who sets it up, changes or starts it. Settled for
 * all three directions, though no stream can be bound in both yet.
 */
const NEEDED = {
  INBOUND: ['write'],
  OUTBOUND: ['read'],
  BIDIRECTIONAL: ['read', 'write'],
} as const satisfies Record<StreamBinding['direction'] | 'BIDIRECTIONAL', readonly ScopeAction[]>

/**
 * Whether `principal` may set up, change, test and sync an integration over these streams. A sync acts with the
 * installation's grant, not with that of who starts it: so they must hold, without limits, the scope of whatever it
 * reads or writes, or they would reach through the sync what they may not reach themselves. People need the role as well.
 */
export function mayManage(principal: Person, streams: StreamBindings): AccessDecision {
  if (principal.kind === 'user' && principal.role !== 'owner' && principal.role !== 'admin') {
    return { allowed: false, rule: 'role', reason: 'Integrations are managed by owners and admins.' }
  }
  return forEach(streams, (binding) => {
    // For who may manage at all, that is a mistake in the request and not a lack of rights: the check of bindings says so.
    if (principal.kind === 'user' && !resourceNamed(binding.resource)) return ALLOWED
    return mayMove(principal, binding)
  })
}

/**
 * Members see all integrations of their organization; a key those whose resources it may read without limits, or could
 * sync. Logs take `mayRead`, and the quarantine masks what the caller may not read.
 */
export function maySee(principal: Person, streams: StreamBindings): AccessDecision {
  if (principal.kind === 'user') return ALLOWED
  return forEach(streams, (binding) => {
    const reads = holds(principal, binding.resource, 'read')
    return reads.allowed || !mayMove(principal, binding).allowed ? reads : ALLOWED
  })
}

/** Whether `principal` may see what records of these streams say. */
export function mayRead(principal: Person, streams: StreamBindings): AccessDecision {
  if (principal.kind === 'user') return ALLOWED
  return forEach(streams, ({ resource }) => holds(principal, resource, 'read'))
}

/** Whether `principal` may read any record of a resource, whole. */
export function mayReadWhole(principal: Person, resource: string): boolean {
  return holds(principal, resource, 'read').allowed
}

const ALLOWED: AccessDecision = { allowed: true }

function mayMove(principal: Person, { direction, resource }: StreamBinding): AccessDecision {
  const needed: readonly ScopeAction[] | undefined = Object.hasOwn(NEEDED, direction) ? NEEDED[direction] : undefined
  if (!needed) return { allowed: false, rule: 'unknown-direction', reason: `There is no direction ${direction}.` }
  return first(needed.map((action) => holds(principal, resource, action)))
}

function holds(principal: Person, resource: string, action: ScopeAction): AccessDecision {
  const scope = resourceNamed(resource)?.scope
  if (scope === undefined) return { allowed: false, rule: 'unknown-resource', reason: `There is no ${resource}.` }
  return decideUnlimited(principal, `${action}:${scope}`)
}

/** The first refusal, with the stream that it is about. */
function forEach(streams: StreamBindings, decide: (binding: StreamBinding) => AccessDecision): AccessDecision {
  return first(
    Object.entries(streams).map(([name, binding]) => {
      const decision = decide(binding)
      if (decision.allowed) return decision
      return { ...decision, reason: `Stream ${name} (${binding.direction}): ${decision.reason}` }
    }),
  )
}

function first(decisions: readonly AccessDecision[]): AccessDecision {
  return decisions.find(({ allowed }) => !allowed) ?? ALLOWED
}
