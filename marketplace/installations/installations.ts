import type { JsonObject } from '@annex/sdk/json'
import { circuits } from '../../runtime/invocations/invocations-collections.ts'
import { principalName, type UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { Page } from '../../runtime/storage/port.ts'
import type { Language } from '../catalog/permission-sheet.ts'
import { type Outcome, refused } from '../errors.ts'
import { unknownInstallation } from './change-installation.ts'
import { changeGrant, configure, setPolicy } from './change-settings.ts'
import type { GrantRequest } from './consent.ts'
import { createExpiredDrafts } from './expired-drafts.ts'
import { type ExplainRequest, type Explanation, explain } from './explain.ts'
import { hold, release } from './hold.ts'
import { type DraftRequest, type InstallRequest, type InstallResult, install, installDraft } from './install.ts'
import { createInstallJob } from './install-job.ts'
import { type InstallationDocument, installations } from './installation-collections.ts'
import {
  ERASE_JOB,
  INSTALL_JOB,
  type InstallationsDeps,
  UNINSTALL_JOB,
  UPGRADE_JOB,
  WATCH_JOB,
} from './installation-deps.ts'
import { newsOf } from './installation-news.ts'
import { type Installation, installationView } from './installation-view.ts'
import { releaseOf } from './installed-release.ts'
import { type Caller, readInstallation } from './read-installation.ts'
import { createStandingSweep } from './standing-sweep.ts'
import { uninstall } from './uninstall.ts'
import { createEraseJob, createUninstallJob } from './uninstall-job.ts'
import { type RollbackRequest, rollback, type UpgradeRequest, upgrade } from './upgrade.ts'
import { createUpgradeJob } from './upgrade-job.ts'
import type { UpgradePolicy } from './upgrade-policy.ts'
import { createUpgradeSweep } from './upgrade-sweep.ts'
import { createWatchJob } from './watch-job.ts'

export interface Installations {
  install(caller: Caller, extension: string, request: InstallRequest): Promise<Outcome<InstallResult>>
  /** A draft of the organization; a newer one takes the place of the one that is installed. */
  installDraft(caller: Caller, draftId: string, request: DraftRequest): Promise<Outcome<InstallResult>>
  list(caller: Caller, page: { limit?: number; cursor?: string }): Promise<Outcome<Page<Installation>>>
  get(caller: Caller, id: string): Promise<Outcome<Installation>>
  /** Fields that are `null` are taken out. The hosts that the configuration names are fixed anew. */
  configure(caller: Caller, id: string, changes: JsonObject): Promise<Outcome<Installation>>
  /** Replaces the grant, within the installed version's manifest; in force with the next host call. */
  changeGrant(caller: Caller, id: string, grant: GrantRequest, language?: Language): Promise<Outcome<Installation>>
  /**
   * Puts a newer version in the place of the one that runs, which serves until the new one is known to be well. Asks for
   * consent when it may do more than was agreed to. `finished: false`: it goes on behind, in the upgrade's job.
   */
  upgrade(caller: Caller, id: string, request: UpgradeRequest): Promise<Outcome<InstallResult>>
  /** The same, back to the version before. */
  rollback(caller: Caller, id: string, request: RollbackRequest): Promise<Outcome<InstallResult>>
  /** Which versions come by themselves; `null`: as the organization has it. */
  setPolicy(caller: Caller, id: string, policy: UpgradePolicy | null): Promise<Outcome<Installation>>
  /** Takes away the admin's own reason, and that its runs failed: it runs when there is no other. */
  enable(caller: Caller, id: string): Promise<Outcome<Installation>>
  disable(caller: Caller, id: string): Promise<Outcome<Installation>>
  /**
   * At once it can run no more; what it kept is deleted behind if that takes longer (`finished: false`). What others
   * need goes only by `force`.
   */
  uninstall(caller: Caller, id: string, options?: { force?: boolean }): Promise<Outcome<InstallResult>>
  /** What the permission manager would say to a call of the installation, and why. */
  explain(caller: Caller, id: string, request: ExplainRequest): Promise<Outcome<Explanation>>
  /**
   * Ends drafts whose time is over, and what is installed of them; disables what runs on no platform any more; upgrades
   * what its policy says.
   */
  sweep(): Promise<void>
}

/** Registers its jobs: to be made before the queue starts. */
export function createInstallations(deps: InstallationsDeps): Installations {
  deps.jobs.register(INSTALL_JOB, createInstallJob(deps))
  deps.jobs.register(UNINSTALL_JOB, createUninstallJob(deps))
  deps.jobs.register(UPGRADE_JOB, createUpgradeJob(deps))
  deps.jobs.register(WATCH_JOB, createWatchJob(deps))
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
      const document = await readInstallation(deps, caller, id)
      if (!document) return unknownInstallation()
      const { organizationId } = caller
      const circuit = await deps.store.forOrganization(organizationId)(circuits).get(id)
      const news = (await newsOf(deps.store, organizationId, [document])).get(id)
      return { ok: true, value: installationView(document, { circuit, news }) }
    },
    configure: (caller, id, changes) => changed(caller, id, (admin) => configure(deps, admin, id, changes)),
    changeGrant: (caller, id, grant, language) =>
      changed(caller, id, (admin) => changeGrant(deps, admin, id, { grant, language })),
    upgrade: async (caller, id, request) =>
      isAdmin(caller) ? upgrade(deps, caller, id, request) : adminsOnly(deps, caller, id),
    rollback: async (caller, id, request) =>
      isAdmin(caller) ? rollback(deps, caller, id, request) : adminsOnly(deps, caller, id),
    setPolicy: (caller, id, policy) => changed(caller, id, (admin) => setPolicy(deps, admin, id, policy)),
    enable: (caller, id) => changed(caller, id, (admin) => release(deps, admin, id, ['admin', 'errors'])),
    disable: (caller, id) => changed(caller, id, (admin) => hold(deps, admin, id, { reason: 'admin' })),
    uninstall: async (caller, id, { force = false } = {}) =>
      isAdmin(caller) ? uninstall(deps, caller, id, force) : adminsOnly(deps, caller, id),
    explain: (caller, id, request) => explained(deps, caller, id, request),
    async sweep() {
      await createExpiredDrafts(deps).sweep()
      await createStandingSweep(deps).sweep()
      if (deps.automaticUpgrades !== false) await createUpgradeSweep(deps).sweep()
    },
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

async function list(
  { store }: InstallationsDeps,
  caller: Caller,
  page: { limit?: number; cursor?: string },
): Promise<Outcome<Page<Installation>>> {
  if (caller.kind !== 'user') return refused('PERMISSION_DENIED', 'installations are shown to persons only')
  const live = { state: { $in: ['installing', 'active', 'disabled', 'uninstalling', 'failed'] } }
  const query = { where: live, sort: [['createdAt', 'desc']], ...page } as const
  const found = await store.forOrganization(caller.organizationId)(installations).find(query)
  const news = await newsOf(store, caller.organizationId, found.data)
  const data = found.data.map((document) => installationView(document, { news: news.get(document._id) }))
  return { ok: true, value: { ...found, data } }
}

async function explained(
  deps: InstallationsDeps,
  asker: Caller,
  id: string,
  request: ExplainRequest,
): Promise<Outcome<Explanation>> {
  const installation = await readInstallation(deps, asker, id)
  if (!installation) return unknownInstallation()
  const version = await releaseOf(deps.store, installation)
  return explain({ store: deps.store, now: deps.clock.now() }, { installation, version, asker }, request)
}
