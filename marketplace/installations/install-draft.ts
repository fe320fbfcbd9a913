import { isDeepStrictEqual } from 'node:util'
import { principalName, type UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { Transaction } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { drafts, type ReleaseFacts } from '../publishing/drafts-collection.ts'
import { changeInstallation, unknownInstallation } from './change-installation.ts'
import { holdDependencies } from './dependency-plan.ts'
import { type InstallationDocument, installations } from './installation-collections.ts'
import { INSTALL_JOB, type InstallationsDeps } from './installation-deps.ts'
import { plainGrant } from './plain-grant.ts'
import { consentOf, recordConsent } from './record-consent.ts'
import type { Wish } from './wish.ts'

/**
 * Puts a newer draft in the place of the one that is installed: the old code stops with this commit, the installation
 * keeps its id and what it stored, and goes through every step of an installation again before it runs.
 */
export async function replaceDraft(
  deps: InstallationsDeps,
  admin: UserPrincipal,
  live: InstallationDocument,
  wish: Wish,
): Promise<Outcome<InstallationDocument>> {
  if (isThere(live, wish)) return { ok: true, value: live }
  const { extension, version, digest, card, manifestDigest } = wish.version
  const { scopes, hosts } = wish.granted
  const [by, at] = [principalName(admin), deps.clock.iso()]
  const consent = consentOf(deps.ids, wish.granted, { by, at })
  const set = {
    ...{ state: 'installing', step: 'verifying', displayName: card.displayName, kind: card.kind, version, digest },
    ...{ consent, config: JSON.stringify(wish.config), draft: { ...wish.draft } },
    ...plainGrant(wish.effective),
    events: wish.version.capabilities.events.subscribes,
    lock: wish.lock.map((each) => ({ ...each })),
  }
  const changed = await changeInstallation(deps, admin, live._id, {
    action: 'installation.draft',
    from: ['active', 'disabled'],
    details: { extension, version, digest, manifestDigest, scopes, hosts },
    patch: (current) => {
      if (current.rev !== live.rev) return refused('CONFLICT', 'the installation was changed in the meantime')
      return { ok: true, value: { set, unset: ['disabled'] } }
    },
    also: async (tx, after) => {
      await holdDependencies(tx.forOrganization(admin.organizationId), wish.lock)
      await begin(deps, tx, admin.organizationId, { live, after, version: wish.version })
    },
  })
  if (!changed.ok) return changed
  // With the job that the commit gave it.
  const after = await deps.store.forOrganization(admin.organizationId)(installations).get(live._id)
  return after ? { ok: true, value: after } : unknownInstallation()
}

function isThere({ state, digest, consent, draft }: InstallationDocument, { granted, ...wish }: Wish): boolean {
  const { scopes, hosts } = consent
  if (draft?.id !== wish.draft?.id || digest !== wish.version.digest || wish.configured) return false
  return (
    (state === 'active' || state === 'installing') &&
    isDeepStrictEqual([scopes, hosts], [granted.scopes, granted.hosts])
  )
}

async function begin(
  { jobs, clock }: InstallationsDeps,
  tx: Transaction,
  organizationId: string,
  { live, after, version }: { live: InstallationDocument; after: InstallationDocument; version: ReleaseFacts },
): Promise<void> {
  const { _id: installationId, extension, consent, draft, epoch } = after
  const tenant = tx.forOrganization(organizationId)
  const job = await jobs.enqueue(tx, { organizationId, type: INSTALL_JOB, payload: { installationId } })
  await tenant(installations).patch(installationId, { set: { jobId: job._id } })
  const agreement = { kind: 'install', installationId, epoch, version, before: live.consent } as const
  await recordConsent(tenant, consent, agreement)
  const others = await tenant(drafts).find({ where: { extension } })
  for (const { _id } of others.data)
    if (_id !== draft?.id) await tenant(drafts).patch(_id, { set: { expiresAt: clock.iso() } })
}
