import { isFinal } from '../../runtime/jobs/job.ts'
import { principalName, type UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { Handles } from '../../runtime/storage/port.ts'
import { refuseUnentitled } from '../catalog/entitlements.ts'
import type { Language } from '../catalog/permission-sheet.ts'
import { type Outcome, refused } from '../errors.ts'
import { refuseKilled } from '../kill-list/refuse-killed.ts'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import { versions } from '../publishing/publishing-collections.ts'
import { versionKey } from '../publishing/version-key.ts'
import { changeInstallation, type SystemActor, unknownInstallation } from './change-installation.ts'
import { checkConsent, type Granted, type GrantRequest } from './consent.ts'
import { consentDifference } from './consent-difference.ts'
import { askedIn } from './consent-language.ts'
import { coveredConsent } from './covered-consent.ts'
import { planDependencies, refuseUnmet } from './dependency-plan.ts'
import { RETURNABLE_STATES } from './hold-version.ts'
import type { InstallResult } from './install.ts'
import {
  type GrantedConsent,
  type InstallationDocument,
  installations,
  type Upgrade,
} from './installation-collections.ts'
import { type InstallationsDeps, UPGRADE_JOB } from './installation-deps.ts'
import { installationView } from './installation-view.ts'
import { releaseOf } from './installed-release.ts'
import { readInstallation } from './read-installation.ts'
import { consentOf, recordConsent } from './record-consent.ts'
import { resolveRelease } from './resolve-release.ts'

/** At most one of `version` and `channel`; the latest if there is none. */
export interface UpgradeRequest {
  version?: string
  channel?: string
  /** Absent: what was agreed to before must be enough, or the answer is `CONSENT_REQUIRED` with the difference. */
  grant?: GrantRequest
  /** Of what the admin is asked to agree to; English if absent. */
  language?: Language
}

export type RollbackRequest = Pick<UpgradeRequest, 'grant' | 'language'>

export interface UpgradeWish extends RollbackRequest {
  operation: Upgrade['operation']
  target: ReleaseFacts
}

const REASON = 'versions belong to publishers, which belong to no organization'

/** Puts a newer version in the place of the one that runs; the old one serves until the new one is known to be well. */
export async function upgrade(
  deps: InstallationsDeps,
  admin: UserPrincipal,
  id: string,
  { grant, language, ...wish }: UpgradeRequest,
): Promise<Outcome<InstallResult>> {
  const seen = await readInstallation(deps, admin, id)
  if (!seen) return unknownInstallation()
  const target = await resolveRelease(deps, admin.organizationId, seen.extension, wish, { isFirst: false })
  if (!target.ok) return target
  const { version, digest } = target.value
  if (digest === seen.digest && !seen.draft)
    return { ok: true, value: { installation: installationView(seen), finished: true } }
  if (!isNewer(version, seen.version))
    return refused('INSTALLATION_STATE', `${version} is not newer than ${seen.version}; a rollback goes back`)
  const said = { ...(grant && { grant }), ...(language && { language }) }
  const asked = { operation: 'upgrade', target: target.value, ...said } as const
  const begun = await beginUpgrade(deps, admin, seen, asked)
  return begun.ok ? wait(deps, begun.value, version) : begun
}

/** Goes back to the version before: the same operation, with the grant of then as far as it is still agreed to. */
export async function rollback(
  deps: InstallationsDeps,
  admin: UserPrincipal,
  id: string,
  request: RollbackRequest,
): Promise<Outcome<InstallResult>> {
  const seen = await readInstallation(deps, admin, id)
  if (!seen) return unknownInstallation()
  const target = await previousRelease(deps, seen)
  if (!target.ok) return target
  const asked = { ...request, operation: 'rollback', target: target.value } as const
  const begun = await beginUpgrade(deps, admin, seen, asked)
  return begun.ok ? wait(deps, begun.value, target.value.version) : begun
}

/** The version to go back to, if there is one that may still run. */
export async function previousRelease(
  { store }: { store: Handles },
  { extension, previous }: InstallationDocument,
): Promise<Outcome<ReleaseFacts>> {
  if (!previous) return refused('INSTALLATION_STATE', 'there is no version before this one to go back to')
  const version = await store.asSystem(REASON)(versions).get(`${extension}@${previous.version}`)
  if (version?.digest === previous.digest && RETURNABLE_STATES.includes(version.state))
    return (await refuseKilled(store, version)) ?? { ok: true, value: version }
  return refused('VERSION_REMOVED', `${extension} ${previous.version} was removed and does not run any more`)
}

/** Stages a version beside the one that runs, with its consent and its job in one commit. */
export async function beginUpgrade(
  deps: InstallationsDeps,
  actor: UserPrincipal | SystemActor,
  seen: InstallationDocument,
  wish: UpgradeWish,
): Promise<Outcome<InstallationDocument>> {
  const { organizationId } = actor
  const { operation, target } = wish
  if (seen.draft) return refused('INSTALLATION_STATE', 'a draft is replaced by a newer draft')
  const under = seen.upgrade
  if (under?.jobId !== undefined) return joinUpgrade(seen, under, target)
  const tenant = deps.store.forOrganization(organizationId)
  const unpaid = await refuseUnentitled(tenant, organizationId, target, deps.clock.iso())
  if (unpaid) return unpaid
  const plan = await planDependencies(deps.store, organizationId, target)
  const agreed = await agree(deps, actor, seen, wish, () => checkConsent(target, wish.grant, plan.needed))
  if (!agreed.ok) return agreed
  const unmet = refuseUnmet(target, plan)
  if (unmet) return unmet
  const by = nameOf(actor)
  const since = deps.clock.iso()
  const { version, digest } = target
  const { consent, isNew } = agreed.value
  const staged: Upgrade = { operation, step: 'verifying', version, digest, consent, by, since }
  return changeInstallation(deps, actor, seen._id, {
    action: `installation.${operation}_begin`,
    from: ['active', 'disabled'],
    details: { from: seen.version, to: version, digest, scopes: consent.scopes, hosts: consent.hosts },
    patch: (current) =>
      current.rev === seen.rev ? { ok: true, value: { set: { upgrade: staged } } } : changedMeanwhile(),
    also: async (tx, after) => {
      const tenant = tx.forOrganization(organizationId)
      const payload = { installationId: seen._id }
      const job = await deps.jobs.enqueue(tx, { organizationId, type: UPGRADE_JOB, payload })
      await tenant(installations).patch(seen._id, { set: { 'upgrade.jobId': job._id } })
      after.upgrade = { ...staged, jobId: job._id }
      const agreement = { kind: operation, installationId: seen._id, epoch: after.epoch, version: target }
      if (isNew) await recordConsent(tenant, consent, { ...agreement, before: seen.consent })
    },
  })
}

/** Leaves a version that asks for more waiting for an admin; the old one runs on. */
export function awaitConsent(
  deps: InstallationsDeps,
  actor: SystemActor,
  seen: InstallationDocument,
  { version, digest }: ReleaseFacts,
): Promise<Outcome<InstallationDocument>> {
  const since = deps.clock.iso()
  const upgrade: Upgrade = { operation: 'upgrade', step: 'awaiting_consent', version, digest, by: 'system', since }
  return changeInstallation(deps, actor, seen._id, {
    action: 'installation.upgrade_pending_consent',
    from: ['active', 'disabled'],
    details: { from: seen.version, to: version, digest },
    facts: { from: seen.version, version },
    patch: (current) => (current.rev === seen.rev ? { ok: true, value: { set: { upgrade } } } : changedMeanwhile()),
  })
}

/** A grant that was sent is an agreement of its own; without one, an earlier agreement may cover the version. */
async function agree(
  deps: InstallationsDeps,
  actor: UserPrincipal | SystemActor,
  seen: InstallationDocument,
  { target, grant, language }: UpgradeWish,
  check: () => Outcome<Granted>,
): Promise<Outcome<{ consent: GrantedConsent; isNew: boolean }>> {
  const covered = grant ? undefined : await coveredConsent(deps.store, seen, target)
  if (covered) return { ok: true, value: { consent: covered, isNew: false } }
  const granted = check()
  if (granted.ok) {
    const consent = consentOf(deps.ids, granted.value, { by: nameOf(actor), at: deps.clock.iso() })
    return { ok: true, value: { consent, isNew: true } }
  }
  const { error } = await askedIn(deps, target, granted, language)
  if (error.code !== 'CONSENT_REQUIRED') return granted
  const difference = consentDifference(await releaseOf(deps.store, seen), target, language)
  return { ok: false, error: { ...error, details: { ...(error.details as object), difference } } }
}

function joinUpgrade(
  seen: InstallationDocument,
  { version, digest, operation }: Upgrade,
  target: ReleaseFacts,
): Outcome<InstallationDocument> {
  if (digest === target.digest) return { ok: true, value: seen }
  return refused('INSTALLATION_STATE', `the ${operation} to ${version} is under way`, { details: { version } })
}

/** Until the version runs, or does not; one whose job still runs when the time is up goes on behind. */
async function wait(
  deps: InstallationsDeps,
  { _id, organizationId = '', upgrade: begun }: InstallationDocument,
  version: string,
): Promise<Outcome<InstallResult>> {
  if (begun?.jobId === undefined) throw new Error(`${_id} has no upgrade to wait for`)
  const job = await deps.jobs.runInline(begun.jobId, deps.waitMs ?? 20_000)
  const after = await deps.store.forOrganization(organizationId)(installations).get(_id)
  if (!after) return unknownInstallation()
  if (after.version === version || !isFinal(job))
    return { ok: true, value: { installation: installationView(after), finished: isFinal(job) } }
  const { lastUpgrade: failed } = after
  if (failed?.outcome !== 'failed' || failed.version !== version)
    return refused('INSTALLATION_STATE', `the ${begun.operation} to ${version} was called off by another change`)
  const details = { step: failed.step, cause: failed.code, installationId: _id, version: after.version }
  return refused('EXTENSION_LOAD_FAILED', `${failed.step}: ${failed.message}`, { details })
}

function isNewer(version: string, than: string): boolean {
  return (versionKey(version) ?? '') > (versionKey(than) ?? '')
}

function nameOf(actor: UserPrincipal | SystemActor): string {
  return actor.kind === 'system' ? 'system' : principalName(actor)
}

function changedMeanwhile() {
  return refused('CONFLICT', 'the installation was changed in the meantime')
}
