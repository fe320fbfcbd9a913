import type { UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { Handle } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { abort } from '../publishing/commit.ts'
import { beginUninstall } from './begin-uninstall.ts'
import { unknownInstallation } from './change-installation.ts'
import { dependantsOf } from './dependency-plan.ts'
import type { InstallResult } from './install.ts'
import type { InstallationsDeps } from './installation-deps.ts'
import { installationView } from './installation-view.ts'
import { readInstallation } from './read-installation.ts'

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
  const left = force ? await dependantsOf(deps.store.forOrganization(organizationId), before.extension) : []
  const begun = await beginUninstall(deps, admin, id, {
    details: { extension: before.extension, version: before.version, ...(force && { force, dependants: left }) },
    before: async (tx, { extension }) => {
      if (!force) await refuseNeeded(tx.forOrganization(organizationId), extension)
    },
  })
  if (!begun.ok) return begun
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
