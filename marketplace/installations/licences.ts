import { hold, release } from './hold.ts'
import { installations } from './installation-collections.ts'
import type { InstallationsDeps } from './installation-deps.ts'

const DAY_MS = 24 * 3_600_000
const MOST = 1000

/** What entitlements and ratings ask of installations. */
export interface Licences {
  /** Holds what is installed of an extension for want of a licence, or takes that reason away. */
  license(organizationId: string, extension: string, held: boolean): Promise<void>
  /** Whether the organization has, or had, the extension installed for a day at least. */
  hasUsed(organizationId: string, extension: string): Promise<boolean>
}

export function createLicences(deps: InstallationsDeps): Licences {
  return {
    async license(organizationId, extension, held) {
      const documents = deps.store.forOrganization(organizationId)(installations)
      const [live] = (await documents.find({ where: { liveKey: extension }, limit: 1 })).data
      // What is on its way out is not held, and must not hold up who sees to the others.
      if (!live || live.state === 'uninstalling') return
      const actor = { kind: 'system', organizationId } as const
      const message = 'The trial has ended'
      const outcome = held
        ? await hold(deps, actor, live._id, { reason: 'licence', message })
        : await release(deps, actor, live._id, ['licence'])
      if (!outcome.ok && held) throw new Error(`${live._id} could not be held: ${outcome.error.message}`)
    },
    async hasUsed(organizationId, extension) {
      const documents = deps.store.forOrganization(organizationId)(installations)
      const states = ['active', 'disabled', 'uninstalling', 'uninstalled']
      const { data } = await documents.find({ where: { state: { $in: states }, extension }, limit: MOST })
      const now = deps.clock.now()
      return data.some(({ createdAt, updatedAt, state }) => {
        const until = state === 'uninstalled' ? Date.parse(updatedAt) : now
        return until - Date.parse(createdAt) >= DAY_MS
      })
    },
  }
}
