import t from 'tap'
import { members, organizations } from '../../marketplace/accounts/accounts-collections.ts'
import { entitlements, ratings } from '../../marketplace/catalog/listing-collections.ts'
import { installRequests } from '../../marketplace/installations/install-requests-collection.ts'
import { installations } from '../../marketplace/installations/installation-collections.ts'
import { entryText } from '../../marketplace/kill-list/kill-entry.ts'
import { killEntries } from '../../marketplace/kill-list/kill-list-collections.ts'
import {
  extensions,
  publisherMembers,
  publishers,
  submissions,
  versions,
} from '../../marketplace/publishing/publishing-collections.ts'
import { serviceCollections } from '../../marketplace/services.ts'
import { systemClock } from '../../runtime/clock.ts'
import { createIds } from '../../runtime/ids.ts'
import { openStore } from '../../runtime/storage/open-store.ts'
import type { Collection, Draft, Patch, Store, Stored } from '../../runtime/storage/port.ts'
import { checkInvariants, LISTING_INVARIANTS } from './checker.ts'
import { latestIsTheHighest } from './invariants/latest-is-the-highest.ts'
import { membersPublish } from './invariants/members-publish.ts'
import { type Damages, seeDamage } from './see-damage.ts'

const ids = createIds(() => Date.now())
const AT = '2026-01-01T00:00:00.000Z'
const RULES = [...LISTING_INVARIANTS, latestIsTheHighest, membersPublish]

/** Each breaks a sound store in one way. */
const DAMAGES: Damages = {
  'an extension is suspended when it or its publisher is, and only then': {
    'its publisher is': (store) => change(store, publishers, 'a', { set: { state: 'suspended' } }),
    'it is itself': (store) => change(store, extensions, '@a/b', { set: { suspended: { reason: 'r' } } }),
    'nobody said so': (store) => change(store, extensions, '@a/b', { set: { status: 'suspended' } }),
  },
  'what was removed is on the kill list': {
    'it is not': (store) => change(store, versions, '@a/b@1.0.0', { set: { state: 'removed' } }),
  },
  'an installation shows that its version was killed, and none other does': {
    'it runs': (store) => kill(store, 'disable'),
    'it does not run, and was not killed': (store) =>
      change(store, installations, 'ins_1', { set: { state: 'disabled', disabled: { killed: { by: 'a', at: AT } } } }),
  },
  'an organization rates an extension once, and the extension counts what is there': {
    'one too many is counted': (store) => change(store, extensions, '@a/b', { inc: { 'ratings.count': 1 } }),
    'stars are lost': (store) => change(store, extensions, '@a/b', { inc: { 'ratings.stars': -1 } }),
  },
  'an installation is held for want of a licence when its trial has ended, and not with a plan': {
    'it is held with a plan': (store) =>
      change(store, installations, 'ins_1', { set: { state: 'disabled', disabled: { licence: { by: 'a', at: AT } } } }),
    'it runs without one': (store) =>
      change(store, entitlements, 'org_a:@a/b', { set: { plan: 'trial', ended: true } }),
  },
  'a request for an extension is open, or decided once and told so': {
    'it is told of nowhere': (store) =>
      change(store, installRequests, 'irq_1', {
        set: { state: 'declined', decision: { by: 'a' } },
        unset: ['openKey'],
      }),
    'it is open and decided': (store) => change(store, installRequests, 'irq_1', { set: { decision: { by: 'a' } } }),
    'it keeps its key': (store) => change(store, installRequests, 'irq_1', { set: { state: 'declined' } }),
    'there is no installation': async (store) => {
      const set = { state: 'approved', decision: { by: 'a', installationId: 'ins_9' } }
      await change(store, installRequests, 'irq_1', { set, unset: ['openKey'] })
      const payload = { requestId: 'irq_1' }
      await store.tx(async (tx) => tx.emit({ partition: 'org_a', type: 'install_request.approved', payload }))
    },
  },
  'an organization and a publisher have an owner': {
    'an organization has none': (store) => change(store, members, 'org_a:usr_a', { set: { role: 'admin' } }),
    'a publisher has none': (store) => system(store)(publisherMembers).delete('a:usr_a'),
  },
  'the latest is the highest release': {
    'it is another': (store) => change(store, extensions, '@a/b', { set: { tags: { latest: '0.9.0' } } }),
    'there is none': (store) => change(store, extensions, '@a/b', { set: { tags: {} } }),
  },
  'what is published was uploaded by a member of its publisher': {
    'by somebody else': (store) => change(store, submissions, 'sub_1', { set: { uploadedBy: 'usr_x' } }),
  },
}

t.test('nothing is reported of a sound store', async (t) => {
  const store = await soundStore()
  t.teardown(() => store.close())
  t.same(await checkInvariants(store, RULES), [])
  await kill(store, 'block')
  t.same(await checkInvariants(store, RULES), [], 'what is only blocked shows nowhere')
})

seeDamage(t, RULES, { damages: DAMAGES, soundStore })

async function soundStore(): Promise<Store> {
  const engine = { kind: 'sqlite', path: ':memory:' } as const
  const store = await openStore({ engine, collections: serviceCollections, clock: systemClock, ids })
  const plant = <T extends Stored>(into: Collection<T>, fields: Record<string, unknown>) =>
    system(store)(into).insert(bare<T>(fields))
  const own = { organizationId: 'org_a' }
  await plant(organizations, { _id: 'org_a', name: 'Works' })
  await plant(members, { _id: 'org_a:usr_a', ...own, userId: 'usr_a', role: 'owner', since: AT })
  await plant(publishers, { _id: 'a', state: 'active' })
  await plant(publisherMembers, { _id: 'a:usr_a', publisher: 'a', userId: 'usr_a', role: 'owner' })
  const named = { extension: '@a/b', version: '1.0.0', publisher: 'a' }
  await plant(submissions, { _id: 'sub_1', ...named, uploadedBy: 'usr_a', state: 'published' })
  await plant(versions, { _id: '@a/b@1.0.0', ...named, state: 'published', submissionId: 'sub_1' })
  const counted = { ratings: { count: 1, stars: 4 } }
  await plant(extensions, { _id: '@a/b', publisher: 'a', status: 'listed', tags: { latest: '1.0.0' }, ...counted })
  await plant(ratings, { _id: 'rat_1', extension: '@a/b', organization: 'org_a', stars: 4, updatedAt: AT })
  await plant(installations, { _id: 'ins_1', ...own, ...named, digest: 'd1', state: 'active', liveKey: '@a/b' })
  await plant(entitlements, { _id: 'org_a:@a/b', ...own, extension: '@a/b', plan: 'paid' })
  const asked = { extension: '@a/b', by: 'usr_b', createdAt: AT }
  await plant(installRequests, { _id: 'irq_1', ...own, ...asked, state: 'open', openKey: 'usr_b @a/b' })
  return store
}

function kill(store: Store, action: 'block' | 'disable'): Promise<unknown> {
  const target = { kind: 'extension', extension: '@a/b' } as const
  const text = entryText({ seq: 1, target, action, reason: 'r', at: AT })
  return system(store)(killEntries).insert({ _id: '0000000001', seq: 1, key: 'extension @a/b', text, by: 'usr_m' })
}

function system(store: Store) {
  return store.asSystem('plants what is looked at')
}

function change<T extends Stored>(store: Store, of: Collection<T>, id: string, patch: Patch): Promise<unknown> {
  return system(store)(of).patch(id, patch)
}

/** A document with no more than what the invariants look at. */
function bare<T extends Stored>(fields: Record<string, unknown>): Draft<T> {
  return fields as unknown as Draft<T>
}
