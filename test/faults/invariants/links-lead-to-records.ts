import { resourceNamed } from '@annex/sdk/resources'
import { collectionOf } from '../../../runtime/platform/resource-collections.ts'
import { bindingsOf, integrations } from '../../../runtime/sync/integration.ts'
import { type SyncLink, syncLinks } from '../../../runtime/sync/link.ts'
import { groupBy } from '../group-by.ts'
import type { Invariant, Snapshot } from '../invariant.ts'

/** Record and link are written in one commit: a link without its record would hide that it is missing. */
export const linksLeadToRecords: Invariant = {
  name: 'a link leads to one record of its organization',
  async check(snapshot) {
    const bound = (await snapshot.all(integrations)).flatMap((integration) =>
      Object.entries(bindingsOf(integration)).map(
        ([stream, { resource }]) => [`${integration._id} ${stream}`, resource] as const,
      ),
    )
    const resourceOf = new Map(bound)
    const links = (await snapshot.all(syncLinks)).filter(({ deletedAt }) => deletedAt === undefined)
    const byResource = groupBy(links, (link) => resourceOf.get(`${link.integrationId} ${link.stream}`) ?? 'nothing')
    const found = await Promise.all([...byResource].map(([name, group]) => checkGroup(snapshot, name, group)))
    return found.flat()
  },
}

async function checkGroup({ all }: Snapshot, name: string, links: readonly SyncLink[]): Promise<string[]> {
  const resource = resourceNamed(name)
  if (!resource) return links.map((link) => `${link._id} is bound to ${name}`)
  const records = groupBy(await all(collectionOf(resource)), ({ _id }) => _id)
  return links.flatMap((link) => {
    const [record, ...more] = records.get(link.localId) ?? []
    if (!record || more.length > 0) return [`${link._id} leads to ${record ? more.length + 1 : 0} of ${name}`]
    return record.organizationId === link.organizationId ? [] : [`${link._id} leads to another tenant`]
  })
}
