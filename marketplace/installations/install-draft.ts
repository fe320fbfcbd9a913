import { isDeepStrictEqual } from 'node:util'
import { principalName, type UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { Transaction } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { drafts } from '../publishing/drafts-collection.ts'
import { changeInstallation, unknownInstallation } from './change-installation.ts'
import { consents, type InstallationDocument, installations } from './installation-collections.ts'
import { INSTALL_JOB, type InstallationsDeps } from './installation-deps.ts'
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
  const consent = { manifestDigest, scopes, hosts, by, at }
  const { grants, egress, injections } = wish.effective
  const set = {
    ...{ state: 'installing', step: 'verifying', displayName: card.displayName, kind: card.kind, version, digest },
    ...{ consent, grants, config: JSON.stringify(wish.config), draft: { ...wish.draft } },
    egress: egress.map((grant) => ({ ...grant })),
    injections: injections.map((injection) => ({ ...injection })),
    events: wish.version.capabilities.events.subscribes,
  }
  const changed = await changeInstallation(deps, admin, live._id, {
    action: 'installation.draft',
    from: ['active', 'disabled'],
    details: { extension, version, digest, manifestDigest, scopes, hosts },
    patch: (current) => {
      if (current.rev !== live.rev) return refused('CONFLICT', 'the installation was changed in the meantime')
      return { ok: true, value: { set, unset: ['disabled'] } }
    },
    also: (tx, after) => begin(deps, tx, admin.organizationId, after),
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
  { jobs, ids, clock }: InstallationsDeps,
  tx: Transaction,
  organizationId: string,
  { _id: installationId, extension, version, consent, draft }: InstallationDocument,
): Promise<void> {
  const tenant = tx.forOrganization(organizationId)
  const job = await jobs.enqueue(tx, { organizationId, type: INSTALL_JOB, payload: { installationId } })
  await tenant(installations).patch(installationId, { set: { jobId: job._id } })
  await tenant(consents).insert({ _id: ids('con'), installationId, extension, version, ...consent })
  const others = await tenant(drafts).find({ where: { extension } })
  for (const { _id } of others.data)
    if (_id !== draft?.id) await tenant(drafts).patch(_id, { set: { expiresAt: clock.iso() } })
}
