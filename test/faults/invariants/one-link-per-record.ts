import { syncLinks } from '../../../runtime/sync/link.ts'
import { groupBy } from '../group-by.ts'
import type { Invariant } from '../invariant.ts'

export const oneLinkPerRecord: Invariant = {
  name: 'an outside record has one link, and so has one of ours',
  async check({ all }) {
    const links = await all(syncLinks)
    const place = (link: (typeof links)[number]) => `${link.organizationId} ${link.integrationId} ${link.stream}`
    return [
      ...groupBy(links, (link) => `${place(link)} ${link.externalId}`),
      ...groupBy(links, (link) => `${place(link)} ${link.localId}`),
    ]
      .filter(([, group]) => group.length > 1)
      .map(([key, group]) => `${key} has ${group.length}`)
  },
}
