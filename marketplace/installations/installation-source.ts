import type { ActiveInstallation, InstallationDirectory } from '../../runtime/installation-source.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { installations, toActive } from './installation-collections.ts'

/** What may run, read from the store on every question: a revoked grant is gone with the next call. */
export interface StoredInstallationSource extends InstallationDirectory {
  /**
   * Lets this process alone run an installation that is not active: for its health check, `onInstall`, `onUninstall`.
   * The returned function ends that; calling it twice does no harm.
   */
  stage(installation: ActiveInstallation): () => void
  /** Ends it from outside. */
  unstage(installationId: string): void
}

export function createInstallationSource({ store }: { store: Store }): StoredInstallationSource {
  const staged = new Map<string, ActiveInstallation>()
  return {
    async active(organizationId, installationId) {
      const stage = staged.get(installationId)
      if (stage) return stage.organizationId === organizationId ? stage : undefined
      const document = await store.forOrganization(organizationId)(installations).get(installationId)
      return document?.state === 'active' ? toActive(document) : undefined
    },
    async list(organizationId) {
      const where = { state: 'active' }
      const page = await store.forOrganization(organizationId)(installations).find({ where, limit: 1000 })
      return page.data.map(toActive)
    },
    stage(installation) {
      if (staged.has(installation.id)) throw new Error(`${installation.id} is staged already`)
      staged.set(installation.id, installation)
      return () => {
        if (staged.get(installation.id) === installation) staged.delete(installation.id)
      }
    },
    unstage: (installationId) => void staged.delete(installationId),
  }
}
