import type { Test } from 'tap'
import type { Identity } from '../../../marketplace/accounts/identity.ts'
import { createDomainProbe } from '../../../marketplace/publishing/domain-probe.ts'
import { createDomainVerification } from '../../../marketplace/publishing/domain-verification.ts'
import { createPublisherInvitations } from '../../../marketplace/publishing/publisher-invitations.ts'
import { createPublishers } from '../../../marketplace/publishing/publishers.ts'
import { type PublisherRole, publishingCollections } from '../../../marketplace/publishing/publishing-collections.ts'
import { createTxtLookup } from '../../../marketplace/publishing/txt-lookup.ts'
import { createRateLimiter } from '../../../marketplace/traffic/rate-limiter.ts'
import { trafficCollections } from '../../../marketplace/traffic/traffic-collections.ts'
import { createEgress, type EgressDependencies } from '../../../runtime/egress/egress.ts'
import { createLog } from '../../../runtime/log.ts'
import { openTestAudit } from '../../runtime/audit/open-test-audit.ts'
import { joinPublisher } from './join-publisher.ts'
import { got } from './open-marketplace.ts'

export interface OutsideWorld extends Pick<EgressDependencies, 'overrides' | 'lookup' | 'allowPrivateRanges'> {
  /** `address:port` of the one name server. */
  nameServer?: string
  /** Milliseconds for one look at a domain; the product's own if absent. */
  lookMs?: number
}

export type PublishersRig = Awaited<ReturnType<typeof openPublishers>>

/** Publishers with their invitations and domains on an empty real store. Without a `world` nothing outside answers. */
export async function openPublishers(t: Pick<Test, 'teardown'>, world: OutsideWorld = {}) {
  const { nameServer = '127.0.0.1:1', lookMs, ...ways } = world
  const base = await openTestAudit(t, [...publishingCollections, ...trafficCollections])
  const lookup = async () => Promise.reject(new Error('no name is looked up here'))
  const egress = createEgress({ lookup, ...ways, ...base, log: createLog('silent') })
  t.teardown(() => egress.close())
  const lookupTxt = createTxtLookup([nameServer])
  const probe = createDomainProbe({ egress, lookupTxt, ...(lookMs === undefined ? {} : { lookMs }) })
  const publishers = createPublishers(base)
  return {
    ...base,
    publishers,
    invitations: createPublisherInvitations({ ...base, pepper: new Uint8Array(32).fill(3) }),
    domains: createDomainVerification({ ...base, limiter: createRateLimiter(base), probe }),
    person,
    /** Owned by `owner`. */
    found: async (owner: Identity, slug: string) => got(await publishers.create(owner, { slug })),
    join: (owner: Identity, slug: string, identity: Identity, role: PublisherRole) =>
      joinPublisher(base, owner, { slug, identity, role }),
    /** The acts on publishers in the trail, oldest first: `publisher.create`, … */
    acts: async (action?: string) => {
      const rows = await base.audit.list('system', { limit: 200, ...(action === undefined ? {} : { action }) })
      return rows.data.filter((row) => row.action.startsWith('publisher.')).reverse()
    },
  }
}

function person(name: string): Identity {
  return {
    kind: 'user',
    userId: `usr_${name}`,
    email: `${name}@example.com`,
    platformRoles: [],
    organizationIds: [],
    publisherScopes: [],
  }
}
