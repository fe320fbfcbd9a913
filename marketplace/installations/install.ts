import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '@annex/sdk/json'
import { isFinal, type Job } from '../../runtime/jobs/job.ts'
import { principalName, type UserPrincipal } from '../../runtime/permissions/principal.ts'
import { StorageConflict, type Store } from '../../runtime/storage/port.ts'
import { refuseUnentitled } from '../catalog/entitlements.ts'
import type { Language } from '../catalog/permission-sheet.ts'
import { type Outcome, refused } from '../errors.ts'
import { commit } from '../publishing/commit.ts'
import { drafts, type ReleaseFacts } from '../publishing/drafts-collection.ts'
import { validConfig } from './config.ts'
import { checkConsent, type GrantRequest } from './consent.ts'
import { askedIn } from './consent-language.ts'
import { holdDependencies, planDependencies, refuseUnmet } from './dependency-plan.ts'
import { effectiveGrant } from './effective-grant.ts'
import { replaceDraft } from './install-draft.ts'
import { configOf, type InstallationDocument, installations } from './installation-collections.ts'
import { INSTALL_JOB, type InstallationsDeps } from './installation-deps.ts'
import { type Installation, installationView } from './installation-view.ts'
import { consentOf, recordConsent } from './record-consent.ts'
import { type ReleaseWish, resolveRelease, unfitRelease } from './resolve-release.ts'
import type { Wish } from './wish.ts'

export interface InstallRequest extends ReleaseWish {
  /** Absent: the answer is `CONSENT_REQUIRED` with all that is asked for. */
  grant?: GrantRequest
  config?: JsonObject
  /** Of what the admin is asked to agree to; English if absent. */
  language?: Language
}

export type DraftRequest = Omit<InstallRequest, 'version' | 'channel' | 'range'>

/** `finished: false`: it goes on behind, in the installation's job. */
export interface InstallResult {
  installation: Installation
  finished: boolean
}

/** Installs for the admin's organization. The same request again joins the installation that is there. */
export async function install(
  deps: InstallationsDeps,
  admin: UserPrincipal,
  extension: string,
  request: InstallRequest,
): Promise<Outcome<InstallResult>> {
  const version = await resolveRelease(deps, admin.organizationId, extension, request, { isFirst: true })
  return version.ok ? installRelease(deps, admin, { version: version.value, request }) : version
}

/** Installs a draft of the admin's organization, in the place of an older one if need be. */
export async function installDraft(
  deps: InstallationsDeps,
  admin: UserPrincipal,
  draftId: string,
  request: DraftRequest,
): Promise<Outcome<InstallResult>> {
  const version = await deps.store.forOrganization(admin.organizationId)(drafts).get(draftId)
  if (!version || version.expiresAt <= deps.clock.iso()) return refused('NOT_FOUND', 'there is no such draft')
  const misfit = unfitRelease(version)
  const draft = { id: draftId, expiresAt: version.expiresAt }
  return misfit ?? installRelease(deps, admin, { version, request, draft })
}

interface Asked {
  version: ReleaseFacts
  request: InstallRequest
  draft?: { id: string; expiresAt: string }
}

async function installRelease(
  deps: InstallationsDeps,
  admin: UserPrincipal,
  { version, request, draft }: Asked,
): Promise<Outcome<InstallResult>> {
  const { organizationId } = admin
  const tenant = deps.store.forOrganization(organizationId)
  const unpaid = draft ? undefined : await refuseUnentitled(tenant, organizationId, version, deps.clock.iso())
  if (unpaid) return unpaid
  const plan = await planDependencies(deps.store, organizationId, version)
  const granted = checkConsent(version, request.grant, plan.needed)
  if (!granted.ok) return askedIn(deps, version, granted, request.language)
  const unmet = refuseUnmet(version, plan)
  if (unmet) return unmet
  const live = draft && (await findLive(deps.store, admin.organizationId, version.extension))
  // A newer draft goes on with the settings of the older one.
  const kept = live?.draft ? configOf(live) : {}
  const config = request.config ?? kept
  const valid = request.config || live?.draft ? await validConfig(deps, version, config) : undefined
  if (valid && !valid.ok) return valid
  const effective = effectiveGrant(version.capabilities, granted.value, config)
  if (!effective.ok) return effective
  const { lock } = plan
  const wish = { version, granted: granted.value, effective: effective.value, config, lock, ...(draft && { draft }) }
  const begun = await begin(deps, admin, { ...wish, configured: request.config !== undefined })
  return begun.ok ? wait(deps, begun.value) : begun
}

async function begin(
  deps: InstallationsDeps,
  admin: UserPrincipal,
  wish: Wish,
): Promise<Outcome<InstallationDocument>> {
  const { extension } = wish.version
  const live = await findLive(deps.store, admin.organizationId, extension)
  if (live?.draft && wish.draft) return replaceDraft(deps, admin, live, wish)
  if (live) return join(live, wish)
  try {
    return await insert(deps, admin, wish)
  } catch (error) {
    // Two installations at once: the index let one in.
    const winner = error instanceof StorageConflict && (await findLive(deps.store, admin.organizationId, extension))
    if (!winner) throw error
    return join(winner, wish)
  }
}

async function findLive(store: Store, organizationId: string, extension: string) {
  const where = { liveKey: extension }
  return (await store.forOrganization(organizationId)(installations).find({ where, limit: 1 })).data[0]
}

function join(live: InstallationDocument, { version, granted, draft }: Wish): Outcome<InstallationDocument> {
  const { scopes, hosts } = live.consent
  const sameGrant = isDeepStrictEqual([scopes, hosts], [granted.scopes, granted.hosts])
  const joinable = live.state === 'installing' || live.state === 'active'
  // The same bytes as a draft and as a published version are two things: one of them ends by itself.
  if (joinable && live.draft?.id === draft?.id && live.digest === version.digest && sameGrant)
    return { ok: true, value: live }
  const details = { installationId: live._id, version: live.version, state: live.state, draft: Boolean(live.draft) }
  const what = live.draft ? `a draft of ${live.extension}` : live.extension
  return refused('ALREADY_INSTALLED', `${what} ${live.version} is ${live.state} here`, { details })
}

/** Installation, consent, job and audit row are one commit: what was begun is finished or undone, whatever dies. */
async function insert(
  deps: InstallationsDeps,
  admin: UserPrincipal,
  wish: Wish,
): Promise<Outcome<InstallationDocument>> {
  const { clock, ids, jobs, audit, store } = deps
  const { organizationId } = admin
  const { extension, version, digest, card, manifestDigest } = wish.version
  const [_id, by, now] = [ids('ins'), principalName(admin), clock.iso()]
  const { scopes, hosts } = wish.granted
  const consent = consentOf(ids, wish.granted, { by, at: now })
  return commit(store, async (tx) => {
    const tenant = tx.forOrganization(organizationId)
    await holdDependencies(tenant, wish.lock)
    const job = await jobs.enqueue(tx, { organizationId, type: INSTALL_JOB, payload: { installationId: _id } })
    const stored = await tenant(installations).insert({
      _id,
      state: 'installing',
      liveKey: extension,
      extension,
      displayName: card.displayName,
      kind: card.kind,
      version,
      digest,
      ...(wish.lock.length > 0 && { lock: wish.lock }),
      consent,
      ...wish.effective,
      events: wish.version.capabilities.events.subscribes,
      config: JSON.stringify(wish.config),
      ...(wish.draft && { draft: wish.draft }),
      epoch: 0,
      step: 'verifying',
      jobId: job._id,
      createdAt: now,
      updatedAt: now,
    })
    await recordConsent(tenant, consent, { kind: 'install', installationId: _id, epoch: 0, version: wish.version })
    const details = { extension, version, digest, manifestDigest, scopes, hosts }
    const entry = { organizationId, actor: by, action: 'installation.consent', target: _id, details }
    await audit.within(tx, { ...entry, outcome: 'allowed' })
    return { ok: true, value: stored }
  })
}

/** An active installation answers at once; one whose job still runs when the time is up goes on behind. */
async function wait(deps: InstallationsDeps, begun: InstallationDocument): Promise<Outcome<InstallResult>> {
  if (begun.state === 'active') return { ok: true, value: { installation: installationView(begun), finished: true } }
  const job: Job = await deps.jobs.runInline(begun.jobId, deps.waitMs ?? 20_000)
  const documents = deps.store.forOrganization(job.organizationId)(installations)
  const after = (await documents.get(begun._id)) ?? begun
  const { failure } = after
  if (failure) {
    const details = { step: failure.step, cause: failure.code, installationId: after._id }
    return refused('EXTENSION_LOAD_FAILED', `${failure.step}: ${failure.message}`, { details })
  }
  if (after.state === 'uninstalling' || after.state === 'uninstalled')
    return refused('INSTALLATION_STATE', 'it was uninstalled while it was being installed')
  return { ok: true, value: { installation: installationView(after), finished: isFinal(job) } }
}
