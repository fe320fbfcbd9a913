import type { UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { Handle } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { abort } from '../publishing/commit.ts'
import { changeInstallation, unknownInstallation } from './change-installation.ts'
import { dependantsOf } from './dependency-plan.ts'
import type { InstallResult } from './install.ts'
import { installations } from './installation-collections.ts'
import { type InstallationsDeps, UNINSTALL_JOB } from './installation-deps.ts'
import { installationView } from './installation-view.ts'
import { readInstallation } from './read-installation.ts'

const nothing = { ok: true, value: undefined } as const

/** The first commit ends every right; the rest is the job's. Works in every state, whatever the extension does. */
export async function uninstall(
  deps: InstallationsDeps,
  admin: UserPrincipal,
  id: string,
  force: boolean,
): Promise<Outcome<InstallResult>> {
  const { organizationId } = admin
  const before = await readInstallation(deps, admin, id)
  if (!before || before.state === 'uninstalled') return unknownInstallation()
  const job = { organizationId, type: UNINSTALL_JOB, payload: { installationId: id } }
  const left = force ? await dependantsOf(deps.store.forOrganization(organizationId), before.extension) : []
  const begun = await changeInstallation(deps, admin, id, {
    action: 'installation.uninstall',
    from: ['installing', 'active', 'disabled', 'failed', 'uninstalling'],
    details: { extension: before.extension, version: before.version, ...(force && { force, dependants: left }) },
    patch: ({ state }) => {
      if (state === 'uninstalling') return nothing
      // A failed one keeps its place no more and has left nothing.
      const set = { state: state === 'failed' ? 'uninstalled' : 'uninstalling' }
      return { ok: true, value: { set, unset: ['upgrade', 'watch', 'draining'] } }
    },
    also: async (tx, after) => {
      if (after.state !== 'uninstalling') return
      if (!force) await refuseNeeded(tx.forOrganization(organizationId), after.extension)
      const { _id: jobId } = await deps.jobs.enqueue(tx, job)
      const patched = await tx.forOrganization(organizationId)(installations).patch(id, { set: { jobId } })
      if (!patched) throw new Error(`${after._id} is gone`)
    },
  })
  if (!begun.ok) return begun
  if (before.state === 'installing') await deps.jobs.cancel(organizationId, before.jobId)
  if (before.upgrade?.jobId !== undefined) await deps.jobs.cancel(organizationId, before.upgrade.jobId)
  return awaitUninstall(deps, admin, id)
}

/** In the commit that uninstalls: see `holdDependencies`. */
async function refuseNeeded(tenant: Handle, extension: string): Promise<void> {
  const dependants = await dependantsOf(tenant, extension)
  if (dependants.length === 0) return
  abort(refused('DEPENDENCY_IN_USE', `needed by ${dependants.join(', ')}`, { details: { dependants } }))
}

async function awaitUninstall(
  deps: InstallationsDeps,
  admin: UserPrincipal,
  id: string,
): Promise<Outcome<InstallResult>> {
  const begun = await readInstallation(deps, admin, id)
  if (!begun) return unknownInstallation()
  if (begun.state === 'uninstalling') await deps.jobs.runInline(begun.jobId, deps.waitMs ?? 20_000)
  const after = (await readInstallation(deps, admin, id)) ?? begun
  return { ok: true, value: { installation: installationView(after), finished: after.state === 'uninstalled' } }
}
