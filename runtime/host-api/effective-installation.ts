import { isDeepStrictEqual } from 'node:util'
import type { ScopeGrant } from '@annex/sdk/scopes'
import type { ActiveInstallation } from '../installation-source.ts'
import { narrowGrant } from '../permissions/restrictions.ts'

/**
 * What a run may do now: what is granted at this moment, but, once other code was activated in mid-run, no more than the
 * run began with. Consent to the new version is not consent to the old code that is still running.
 */
export function effectiveInstallation(started: ActiveInstallation, now: ActiveInstallation): ActiveInstallation {
  if (now.digest === started.digest) return now
  const within = <T>(items: readonly T[], bound: readonly T[]) =>
    items.filter((item) => bound.some((other) => isDeepStrictEqual(item, other)))
  return {
    ...now,
    grants: now.grants.flatMap((grant) => narrowed(grant, started.grants)),
    egress: within(now.egress, started.egress),
    injections: within(now.injections, started.injections),
  }
}

function narrowed(grant: ScopeGrant, bound: readonly ScopeGrant[]): ScopeGrant[] {
  const earlier = bound.filter((other) => other.scope === grant.scope)
  return earlier.length === 0 ? [] : [earlier.reduce(narrowGrant, grant)]
}
