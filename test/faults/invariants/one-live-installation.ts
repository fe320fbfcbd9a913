import { installations } from '../../../marketplace/installations/installation-collections.ts'
import { groupBy } from '../group-by.ts'
import type { Invariant } from '../invariant.ts'

const OVER = new Set(['failed', 'uninstalled'])

export const oneLiveInstallation: Invariant = {
  name: 'an organization has an extension installed at most once',
  async check({ all }) {
    const live = (await all(installations)).filter(({ state }) => !OVER.has(state))
    return [...groupBy(live, ({ organizationId, extension }) => `${organizationId} ${extension}`)]
      .filter(([, group]) => group.length > 1)
      .map(([key, group]) => `${key}: ${group.map(({ _id }) => _id).join(', ')}`)
  },
}
