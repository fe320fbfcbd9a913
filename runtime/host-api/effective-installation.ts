import { isDeepStrictEqual } from 'node:util'
import type { ScopeGrant } from '@annex/sdk/scopes'
import type { ActiveInstallation, DrainingGrant } from '../installation-source.ts'
import { narrowGrant } from '../permissions/restrictions.ts'

/**
 * What a run may do now: what is granted at this moment, but, once other code was activated in mid-run, no more than the
 * run began with. Consent to the new version is not consent to the old code that is still running; that keeps what it
 * had while `draining` says so, though the new version asks for less.
 */
export function effectiveInstallation(started: ActiveInstallation, current: ActiveInstallation): ActiveInstallation {
  if (current.digest === started.digest) return current
  const { draining } = current
  const now = draining?.digest === started.digest ? { ...current, ...grantOf(draining) } : current
  const within = <T>(items: readonly T[], bound: readonly T[]) =>
    items.filter((item) => bound.some((other) => isDeepStrictEqual(item, other)))
  return {
    ...now,
    grants: now.grants.flatMap((grant) => narrowed(grant, started.grants)),
    egress: within(now.egress, started.egress),
    injections: within(now.injections, started.injections),
  }
}

function grantOf({ grants, egress, injections }: DrainingGrant): Omit<DrainingGrant, 'digest'> {
  return { grants, egress, injections }
}

function narrowed(grant: ScopeGrant, bound: readonly ScopeGrant[]): ScopeGrant[] {
  const earlier = bound.filter((other) => other.scope === grant.scope)
  return earlier.length === 0 ? [] : [earlier.reduce(narrowGrant, grant)]
}
