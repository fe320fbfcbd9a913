import type { UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { Transaction } from '../../runtime/storage/port.ts'
import type { Outcome } from '../errors.ts'
import { type Change, changeInstallation, type SystemActor } from './change-installation.ts'
import { type InstallationDocument, installations } from './installation-collections.ts'
import { type InstallationsDeps, UNINSTALL_JOB } from './installation-deps.ts'

interface Uninstalling extends Pick<Change, 'details' | 'facts'> {
  /** Only as long as it is of these bytes. */
  digest?: string
  /** Before its job is there, in the same commit; it may abort. */
  before?(tx: Transaction, installation: InstallationDocument): Promise<void>
}

/** The commit that ends every right of an installation, with the job for the rest; what was under way is called off. */
export async function beginUninstall(
  deps: InstallationsDeps,
  actor: UserPrincipal | SystemActor,
  id: string,
  { digest, before, ...told }: Uninstalling,
): Promise<Outcome<InstallationDocument>> {
  const { organizationId } = actor
  let under: (string | undefined)[] = []
  const begun = await changeInstallation(deps, actor, id, {
    ...told,
    action: 'installation.uninstall',
    from: ['installing', 'active', 'disabled', 'failed', 'uninstalling'],
    patch: ({ state, jobId, upgrade, digest: current }) => {
      under = []
      if (state === 'uninstalling' || (digest !== undefined && digest !== current))
        return { ok: true, value: undefined }
      under = [state === 'installing' ? jobId : undefined, upgrade?.jobId]
      // A failed one keeps its place no more and has left nothing.
      const set = { state: state === 'failed' ? 'uninstalled' : 'uninstalling' }
      return { ok: true, value: { set, unset: ['upgrade', 'watch', 'draining'] } }
    },
    also: async (tx, after) => {
      if (after.state !== 'uninstalling') return
      await before?.(tx, after)
      const job = { organizationId, type: UNINSTALL_JOB, payload: { installationId: id } }
      const { _id: jobId } = await deps.jobs.enqueue(tx, job)
      const patched = await tx.forOrganization(organizationId)(installations).patch(id, { set: { jobId } })
      if (!patched) throw new Error(`${id} is gone`)
    },
  })
  if (begun.ok) for (const jobId of under) if (jobId !== undefined) await deps.jobs.cancel(organizationId, jobId)
  return begun
}
