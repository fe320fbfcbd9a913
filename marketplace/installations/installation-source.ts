import type { InstallationDirectory } from '../../runtime/installation-source.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { installations, toActive } from './installation-collections.ts'

/** What may run, read from the store on every question: a revoked grant is gone with the next call. */
export function createInstallationSource({ store }: { store: Store }): InstallationDirectory {
  return {
    async active(organizationId, installationId) {
      const document = await store.forOrganization(organizationId)(installations).get(installationId)
      return document?.state === 'active' ? toActive(document) : undefined
    },
    async list(organizationId) {
      const where = { state: 'active' }
      const page = await store.forOrganization(organizationId)(installations).find({ where, limit: 1000 })
      return page.data.map(toActive)
    },
  }
}
