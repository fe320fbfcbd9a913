import type { JsonObject } from '@annex/sdk/json'
import { circuits } from '../../runtime/invocations/invocations-collections.ts'
import type { KeyPrincipal, UserPrincipal } from '../../runtime/permissions/principal.ts'
import { principalName } from '../../runtime/permissions/principal.ts'
import type { Page } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import { changeInstallation, unknownInstallation } from './change-installation.ts'
import { changedConfig, validConfig } from './config.ts'
import { checkConsent, type GrantRequest } from './consent.ts'
import { effectiveGrant } from './effective-grant.ts'
import { createExpiredDrafts } from './expired-drafts.ts'
import { type ExplainRequest, type Explanation, explain } from './explain.ts'
import { type InstallRequest, type InstallResult, install, installDraft } from './install.ts'
import { createInstallJob } from './install-job.ts'
import {
  configOf,
  consents,
  type InstallationDocument,
  type InstallationState,
  installations,
} from './installation-collections.ts'
import { ERASE_JOB, INSTALL_JOB, type InstallationsDeps, UNINSTALL_JOB } from './installation-deps.ts'
import { type Installation, installationView } from './installation-view.ts'
import { installedRelease } from './installed-release.ts'
import { createEraseJob, createUninstallJob } from './uninstall-job.ts'

/** Who asks: a person or key that acts for an organization. Changes are for its owners and admins. */
export type Caller = UserPrincipal | KeyPrincipal

export interface Installations {
  install(caller: Caller, extension: string, request: InstallRequest): Promise<Outcome<InstallResult>>
  /** A draft of the organization; a newer one takes the place of the one that is installed. */
  installDraft(
    caller: Caller,
    draftId: string,
    request: Omit<InstallRequest, 'version'>,
  ): Promise<Outcome<InstallResult>>
  list(caller: Caller, page: { limit?: number; cursor?: string }): Promise<Outcome<Page<Installation>>>
  get(caller: Caller, id: string): Promise<Outcome<Installation>>
  /** Fields that are `null` are taken out. The hosts that the configuration names are fixed anew. */
  configure(caller: Caller, id: string, changes: JsonObject): Promise<Outcome<Installation>>
  /** Replaces the grant, within the installed version's manifest; in force with the next host call. */
  changeGrant(caller: Caller, id: string, grant: GrantRequest): Promise<Outcome<Installation>>
  enable(caller: Caller, id: string): Promise<Outcome<Installation>>
  disable(caller: Caller, id: string): Promise<Outcome<Installation>>
  /** At once it can run no more; what it kept is deleted behind if that takes longer (`finished: false`). */
  uninstall(caller: Caller, id: string): Promise<Outcome<InstallResult>>
  /** What the permission manager would say to a call of the installation, and why. */
  explain(caller: Caller, id: string, request: ExplainRequest): Promise<Outcome<Explanation>>
  /** Ends drafts whose time is over, and what is installed of them. */
  sweep(): Promise<void>
}

const SETTLED: readonly InstallationState[] = ['active', 'disabled']

/** Registers its jobs: to be made before the queue starts. */
export function createInstallations(deps: InstallationsDeps): Installations {
  deps.jobs.register(INSTALL_JOB, createInstallJob(deps))
  deps.jobs.register(UNINSTALL_JOB, createUninstallJob(deps))
  deps.jobs.register(ERASE_JOB, createEraseJob(deps))
  const changed = async (
    caller: Caller,
    id: string,
    change: (admin: UserPrincipal) => Promise<Outcome<InstallationDocument>>,
  ): Promise<Outcome<Installation>> => {
    const outcome = isAdmin(caller) ? await change(caller) : await adminsOnly(deps, caller, id)
    return outcome.ok ? { ok: true, value: installationView(outcome.value) } : outcome
  }
  return {
    install: async (caller, extension, request) =>
      isAdmin(caller) ? install(deps, caller, extension, request) : adminsOnly(deps, caller, extension),
    installDraft: async (caller, draftId, request) =>
      isAdmin(caller) ? installDraft(deps, caller, draftId, request) : adminsOnly(deps, caller, draftId),
    list: (caller, page) => list(deps, caller, page),
    async get(caller, id) {
      const document = await read(deps, caller, id)
      if (!document) return unknownInstallation()
      const circuit = await deps.store.forOrganization(caller.organizationId)(circuits).get(id)
      return { ok: true, value: installationView(document, circuit) }
    },
    configure: (caller, id, changes) => changed(caller, id, (admin) => configure(deps, admin, id, changes)),
    changeGrant: (caller, id, grant) => changed(caller, id, (admin) => changeGrant(deps, admin, id, grant)),
    enable: (caller, id) => changed(caller, id, (admin) => enable(deps, admin, id)),
    disable: (caller, id) => changed(caller, id, (admin) => disable(deps, admin, id)),
    uninstall: async (caller, id) => (isAdmin(caller) ? uninstall(deps, caller, id) : adminsOnly(deps, caller, id)),
    explain: (caller, id, request) => explained(deps, caller, id, request),
    sweep: createExpiredDrafts(deps).sweep,
  }
}

function isAdmin(caller: Caller): caller is UserPrincipal {
  return caller.kind === 'user' && (caller.role === 'owner' || caller.role === 'admin')
}

async function adminsOnly({ audit }: InstallationsDeps, caller: Caller, target: string) {
  const { organizationId } = caller
  const entry = { organizationId, actor: principalName(caller), action: 'installation.change', target }
  await audit.write({ ...entry, outcome: 'refused', rule: 'role' })
  return refused('PERMISSION_DENIED', 'only owners and admins of the organization change what is installed')
}

/** Extensions see only what their grant shows; keys, which are programs too, see only the resources of theirs. */
async function read(
  { store }: InstallationsDeps,
  caller: Caller,
  id: string,
): Promise<InstallationDocument | undefined> {
  if (caller.kind !== 'user') return undefined
  return store.forOrganization(caller.organizationId)(installations).get(id)
}

async function list(
  { store }: InstallationsDeps,
  caller: Caller,
  page: { limit?: number; cursor?: string },
): Promise<Outcome<Page<Installation>>> {
  if (caller.kind !== 'user') return refused('PERMISSION_DENIED', 'installations are shown to persons only')
  const live = { state: { $in: ['installing', 'active', 'disabled', 'uninstalling', 'failed'] } }
  const query = { where: live, sort: [['createdAt', 'desc']], ...page } as const
  const found = await store.forOrganization(caller.organizationId)(installations).find(query)
  return { ok: true, value: { ...found, data: found.data.map((document) => installationView(document)) } }
}

async function versionOf({ store }: InstallationsDeps, installation: InstallationDocument): Promise<ReleaseFacts> {
  const { _id, extension, version: number } = installation
  const version = await installedRelease(store, installation)
  if (!version) throw new Error(`${_id} is of ${extension}@${number}, which does not exist`)
  return version
}

async function configure(deps: InstallationsDeps, admin: UserPrincipal, id: string, changes: JsonObject) {
  const seen = await read(deps, admin, id)
  if (!seen) return unknownInstallation()
  const version = await versionOf(deps, seen)
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
        ? { ok: true, value: { set: { config: JSON.stringify(config), ...plain(effective.value) } } }
        : effective
    },
  })
}

async function changeGrant(deps: InstallationsDeps, admin: UserPrincipal, id: string, grant: GrantRequest) {
  const seen = await read(deps, admin, id)
  if (!seen) return unknownInstallation()
  const version = await versionOf(deps, seen)
  const granted = checkConsent(version, grant)
  if (!granted.ok) return granted
  const consent = { ...granted.value, by: principalName(admin), at: deps.clock.iso() }
  return changeInstallation(deps, admin, id, {
    action: 'installation.grant',
    from: SETTLED,
    details: { before: seen.consent.scopes, after: consent.scopes, hosts: consent.hosts },
    patch: (current) => {
      if (current.digest !== version.digest) return refused('CONFLICT', 'another version was installed in the meantime')
      const effective = effectiveGrant(version.capabilities, granted.value, configOf(current))
      return effective.ok ? { ok: true, value: { set: { consent, ...plain(effective.value) } } } : effective
    },
    also: async (tx, { organizationId = admin.organizationId, extension, version: number }) => {
      const document = { _id: deps.ids('con'), installationId: id, extension, version: number, ...consent }
      await tx.forOrganization(organizationId)(consents).insert(document)
    },
  })
}

/** Interfaces as the plain objects that a patch takes. */
function plain({ grants, egress, injections }: Pick<InstallationDocument, 'grants' | 'egress' | 'injections'>) {
  return {
    grants,
    egress: egress.map((grant) => ({ ...grant })),
    injections: injections.map((injection) => ({ ...injection })),
  }
}

function enable(deps: InstallationsDeps, admin: UserPrincipal, id: string) {
  return changeInstallation(deps, admin, id, {
    action: 'installation.enable',
    from: SETTLED,
    patch: ({ state }) =>
      state === 'active' ? nothing : { ok: true, value: { set: { state: 'active' }, unset: ['disabled'] } },
  })
}

function disable(deps: InstallationsDeps, admin: UserPrincipal, id: string) {
  const disabled = { reason: 'admin', by: principalName(admin), at: deps.clock.iso() }
  return changeInstallation(deps, admin, id, {
    action: 'installation.disable',
    from: SETTLED,
    patch: ({ state }) =>
      state === 'disabled' ? nothing : { ok: true, value: { set: { state: 'disabled', disabled } } },
  })
}

const nothing = { ok: true, value: undefined } as const

/** The first commit ends every right; the rest is the job's. Works in every state, whatever the extension does. */
async function uninstall(deps: InstallationsDeps, admin: UserPrincipal, id: string): Promise<Outcome<InstallResult>> {
  const { organizationId } = admin
  const before = await read(deps, admin, id)
  if (!before || before.state === 'uninstalled') return unknownInstallation()
  const job = { organizationId, type: UNINSTALL_JOB, payload: { installationId: id } }
  const begun = await changeInstallation(deps, admin, id, {
    action: 'installation.uninstall',
    from: ['installing', 'active', 'disabled', 'failed', 'uninstalling'],
    details: { extension: before.extension, version: before.version },
    patch: ({ state }) => {
      if (state === 'uninstalling') return nothing
      // A failed one keeps its place no more and has left nothing.
      return { ok: true, value: { set: { state: state === 'failed' ? 'uninstalled' : 'uninstalling' } } }
    },
    also: async (tx, after) => {
      if (after.state !== 'uninstalling') return
      const { _id: jobId } = await deps.jobs.enqueue(tx, job)
      const patched = await tx.forOrganization(organizationId)(installations).patch(id, { set: { jobId } })
      if (!patched) throw new Error(`${after._id} is gone`)
    },
  })
  if (!begun.ok) return begun
  if (before.state === 'installing') await deps.jobs.cancel(organizationId, before.jobId)
  return awaitUninstall(deps, admin, id)
}

async function awaitUninstall(
  deps: InstallationsDeps,
  admin: UserPrincipal,
  id: string,
): Promise<Outcome<InstallResult>> {
  const begun = await read(deps, admin, id)
  if (!begun) return unknownInstallation()
  if (begun.state === 'uninstalling') await deps.jobs.runInline(begun.jobId, deps.waitMs ?? 20_000)
  const after = (await read(deps, admin, id)) ?? begun
  return { ok: true, value: { installation: installationView(after), finished: after.state === 'uninstalled' } }
}

async function explained(
  deps: InstallationsDeps,
  asker: Caller,
  id: string,
  request: ExplainRequest,
): Promise<Outcome<Explanation>> {
  const installation = await read(deps, asker, id)
  if (!installation) return unknownInstallation()
  const version = await versionOf(deps, installation)
  return explain({ store: deps.store, now: deps.clock.now() }, { installation, version, asker }, request)
}
