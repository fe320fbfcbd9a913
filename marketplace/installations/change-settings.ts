import type { JsonObject } from '@annex/sdk/json'
import { principalName, type UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { Language } from '../catalog/permission-sheet.ts'
import { type Outcome, refused } from '../errors.ts'
import { changeInstallation, unknownInstallation } from './change-installation.ts'
import { changedConfig, validConfig } from './config.ts'
import { checkConsent, type GrantRequest } from './consent.ts'
import { askedIn } from './consent-language.ts'
import { effectiveGrant } from './effective-grant.ts'
import { configOf, type InstallationDocument, type InstallationState } from './installation-collections.ts'
import type { InstallationsDeps } from './installation-deps.ts'
import { releaseOf } from './installed-release.ts'
import { plainGrant } from './plain-grant.ts'
import { readInstallation } from './read-installation.ts'
import { consentOf, recordConsent } from './record-consent.ts'
import { policyProblem } from './upgrade-defaults.ts'
import type { UpgradePolicy } from './upgrade-policy.ts'

const SETTLED: readonly InstallationState[] = ['active', 'disabled']

/** Fields that are `null` are taken out. The hosts that the configuration names are fixed anew. */
export async function configure(
  deps: InstallationsDeps,
  admin: UserPrincipal,
  id: string,
  changes: JsonObject,
): Promise<Outcome<InstallationDocument>> {
  const seen = await readInstallation(deps, admin, id)
  if (!seen) return unknownInstallation()
  const version = await releaseOf(deps.store, seen)
  const config = changedConfig(configOf(seen), changes)
  const valid = await validConfig(deps, version, config)
  if (!valid.ok) return valid
  return changeInstallation(deps, admin, id, {
    action: 'installation.configure',
    from: SETTLED,
    details: { fields: Object.keys(changes).sort() },
    patch: (current) => {
      // Checked against what was read: another change in between would have been checked with other values.
      if (current.rev !== seen.rev) return refused('CONFLICT', 'the installation was changed in the meantime')
      const effective = effectiveGrant(version.capabilities, current.consent, config)
      return effective.ok
        ? { ok: true, value: { set: { config: JSON.stringify(config), ...plainGrant(effective.value) } } }
        : effective
    },
  })
}

/**
 * Replaces the grant, for good: no older agreement gives back what it takes away. An upgrade that was agreed to before is
 * called off, and runs of the version before the last change keep nothing that they have no more.
 */
export async function changeGrant(
  deps: InstallationsDeps,
  admin: UserPrincipal,
  id: string,
  { grant, language }: { grant: GrantRequest; language?: Language | undefined },
): Promise<Outcome<InstallationDocument>> {
  const seen = await readInstallation(deps, admin, id)
  if (!seen) return unknownInstallation()
  const version = await releaseOf(deps.store, seen)
  const granted = checkConsent(version, grant)
  if (!granted.ok) return askedIn(deps, version, granted, language)
  const consent = consentOf(deps.ids, granted.value, { by: principalName(admin), at: deps.clock.iso() })
  let calledOff: string | undefined
  const changed = await changeInstallation(deps, admin, id, {
    action: 'installation.grant',
    from: SETTLED,
    details: { before: seen.consent.scopes, after: consent.scopes, hosts: consent.hosts },
    patch: (current) => {
      if (current.digest !== version.digest) return refused('CONFLICT', 'another version was installed in the meantime')
      calledOff = current.upgrade?.jobId
      const effective = effectiveGrant(version.capabilities, granted.value, configOf(current))
      if (!effective.ok) return effective
      return { ok: true, value: { set: { consent, ...plainGrant(effective.value) }, unset: ['upgrade', 'draining'] } }
    },
    also: async (tx, { organizationId = admin.organizationId, epoch }) => {
      const agreement = { kind: 'grant', installationId: id, epoch, version, before: seen.consent } as const
      await recordConsent(tx.forOrganization(organizationId), consent, agreement)
    },
  })
  if (changed.ok && calledOff !== undefined) await deps.jobs.cancel(admin.organizationId, calledOff)
  return changed
}

/** `null`: as the organization has it. */
export function setPolicy(
  deps: InstallationsDeps,
  admin: UserPrincipal,
  id: string,
  policy: UpgradePolicy | null,
): Promise<Outcome<InstallationDocument>> {
  const problem = policy ? policyProblem(policy) : undefined
  if (problem !== undefined) return Promise.resolve(refused('INVALID_ARGUMENT', problem))
  return changeInstallation(deps, admin, id, {
    action: 'installation.policy',
    from: SETTLED,
    details: { policy },
    patch: () => ({ ok: true, value: policy ? { set: { policy } } : { unset: ['policy'] } }),
  })
}
