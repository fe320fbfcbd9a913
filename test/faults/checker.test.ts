import { chantiers } from '@annex/sdk/resources/chantiers'
import t from 'tap'
import { installations } from '../../marketplace/installations/installation-collections.ts'
import { extensions, submissions, versions } from '../../marketplace/publishing/publishing-collections.ts'
import { packageSignatures, signatureId } from '../../marketplace/publishing/signing/signing-collections.ts'
import { reviews } from '../../marketplace/review/review-collections.ts'
import { createAudit } from '../../runtime/audit/audit.ts'
import { auditCollections, auditLinks } from '../../runtime/audit/audit-documents.ts'
import { systemClock } from '../../runtime/clock.ts'
import { createIds } from '../../runtime/ids.ts'
import { jobs } from '../../runtime/jobs/job.ts'
import { createLog } from '../../runtime/log.ts'
import { collectionOf, platformCollections } from '../../runtime/platform/resource-collections.ts'
import { openStore } from '../../runtime/storage/open-store.ts'
import { outboxEvents } from '../../runtime/storage/outbox-collections.ts'
import type { Collection, Draft, Store, Stored } from '../../runtime/storage/port.ts'
import { syncCheckpoints } from '../../runtime/sync/checkpoint.ts'
import { integrations } from '../../runtime/sync/integration.ts'
import { syncLinks } from '../../runtime/sync/link.ts'
import { syncQuarantine } from '../../runtime/sync/quarantine.ts'
import { syncRuns } from '../../runtime/sync/run.ts'
import { checkInvariants, INVARIANTS } from './checker.ts'

const ids = createIds(() => Date.now())
const NOW = '2026-01-01T00:00:00.000Z'
const sites = collectionOf(chantiers)
const collections: Collection<Stored>[] = [
  ...[jobs, integrations, syncLinks, syncCheckpoints, syncQuarantine, syncRuns, installations, versions],
  ...[submissions, reviews, extensions, packageSignatures],
  ...[...platformCollections, ...auditCollections],
]

/** Each breaks a sound store in one way, which the invariant of that name must see, and no other. */
const DAMAGES: Record<string, (store: Store) => Promise<unknown>> = {
  'an outside record has one link, and so has one of ours': (store) =>
    insert(store, syncLinks, { _id: 'lnk_2', ...LINK, externalId: 'S-2' }),
  'a link leads to one record of its organization': (store) => store.forOrganization('org_a')(sites).delete('cha_1'),
  'a checkpoint stands for data that is there': (store) => store.forOrganization('org_a')(syncLinks).delete('lnk_1'),
  'a job is final, or due at an instant': (store) =>
    store
      .forOrganization('org_a')(jobs)
      .patch('job_1', { unset: ['dueAt'] }),
  'a run that is not final has a job that is not, and is the only one of its integration': (store) =>
    store
      .forOrganization('org_a')(jobs)
      .patch('job_1', { set: { state: 'DONE' }, unset: ['dueAt'] }),
  'the outbox counts without a gap up to the head of each partition': async (store) => {
    const events = store.asSystem('plants a gap')(outboxEvents)
    const { data } = await events.find({ where: { partition: 'org_a', sequence: 2 } })
    await events.delete(data[0]?._id ?? '')
  },
  'the audit chain verifies': async (store) => {
    const links = store.forOrganization('org_a')(auditLinks)
    const { data } = await links.find({ where: { node: 'node' } })
    await links.patch(data[0]?._id ?? '', { set: { at: '2020-01-01T00:00:00.000Z' } })
  },
  'an available version has its bytes': async (store) => {
    const [version] = await store.asSystem('plants a loss')(versions).getMany(['@a/b@1.0.0'])
    await store.blobs.delete(version?.digest ?? '')
  },
  'an organization has an extension installed at most once': (store) =>
    insert(store, installations, { _id: 'ins_2', extension: '@a/b', state: 'disabled' }),
  'a version, its submission and its review tell the same': (store) =>
    store
      .asSystem('plants a doubt')(reviews)
      .patch('rev_1', { set: { verdict: 'reject' } }),
  'a channel names a version that can be installed': (store) =>
    store
      .asSystem('plants a wrong turn')(extensions)
      .patch('@a/b', { set: { tags: { latest: '2.0.0' } } }),
  'what was published is signed': async (store) => {
    const signatures = store.asSystem('plants a loss')(packageSignatures)
    const { data } = await signatures.find({})
    await signatures.delete(data[0]?._id ?? '')
  },
}

const LINK = { integrationId: 'int_a', stream: 'sites', externalId: 'S-1', localId: 'cha_1', updatedAt: NOW }

t.test('nothing is reported of a sound store', async (t) => {
  const store = await soundStore()
  t.teardown(() => store.close())
  t.same(await checkInvariants(store), [])
})

for (const { name } of INVARIANTS) {
  t.test(`damage is seen: ${name}`, async (t) => {
    const store = await soundStore()
    t.teardown(() => store.close())
    await DAMAGES[name]?.(store)
    const violations = await checkInvariants(store)
    t.not(violations.length, 0)
    t.same(
      violations.filter((line) => !line.startsWith(`${name}: `)),
      [],
    )
  })
}

async function soundStore(): Promise<Store> {
  const engine = { kind: 'sqlite', path: ':memory:' } as const
  const store = await openStore({ engine, collections, clock: systemClock, ids })
  const blob = await store.blobs.put(new TextEncoder().encode('a package'))
  await insert(store, integrations, { _id: 'int_a', slug: 'a', streams: '{"sites":{"resource":"chantiers"}}' })
  await insert(store, sites, { _id: 'cha_1', fields: {} })
  await insert(store, syncLinks, { _id: 'lnk_1', ...LINK })
  const counters = { created: 1, quarantined: 0 }
  const streams = [{ stream: 'sites', counters, checkpointTo: '{}' }]
  await insert(store, syncRuns, { _id: 'run_1', integrationId: 'int_a', jobId: 'job_1', state: 'RUNNING', streams })
  const checkpoint = { integrationId: 'int_a', stream: 'sites', checkpoint: '{}', runId: 'run_1' }
  await insert(store, syncCheckpoints, { _id: 'chk_1', ...checkpoint })
  await insert(store, jobs, { _id: 'job_1', state: 'LEASED', worker: 'node', leaseToken: 1, dueAt: NOW })
  await insert(store, installations, { _id: 'ins_1', extension: '@a/b', state: 'active' })
  await plantPublication(store, blob.id)
  for (const type of ['a', 'b', 'c']) {
    await store.tx(async (tx) => tx.emit({ partition: 'org_a', type, payload: null }))
  }
  const audit = createAudit({ store, clock: systemClock, ids, nodeId: 'node', log: createLog('silent') })
  const entry = { organizationId: 'org_a', actor: 'system:test', action: 'a.b', outcome: 'allowed' } as const
  for (let i = 0; i < 3; i++) await audit.write(entry)
  await audit.close()
  return store
}

async function plantPublication(store: Store, digest: string): Promise<void> {
  const system = store.asSystem('plants a publication')
  const named = { extension: '@a/b', version: '1.0.0' }
  const version = { _id: '@a/b@1.0.0', ...named, state: 'published', digest, submissionId: 'sub_1', publishedAt: NOW }
  await system(versions).insert(bare(version))
  await system(submissions).insert(bare({ _id: 'sub_1', ...named, state: 'published', digest, reviewId: 'rev_1' }))
  await system(reviews).insert(bare({ _id: 'rev_1', state: 'done', verdict: 'approve', submissionId: 'sub_1' }))
  await system(extensions).insert(bare({ _id: '@a/b', tags: { latest: '1.0.0' } }))
  await system(packageSignatures).insert(bare({ _id: signatureId(digest), kid: 'sgk_1' }))
  await store.tx(async (tx) => tx.emit({ partition: 'system', type: 'version.published', payload: named }))
}

function insert<T extends Stored>(store: Store, into: Collection<T>, fields: Record<string, unknown>): Promise<T> {
  return store.forOrganization('org_a')(into).insert(bare<T>(fields))
}

/** A document with no more than what the invariants look at. */
function bare<T extends Stored>(fields: Record<string, unknown>): Draft<T> {
  return fields as unknown as Draft<T>
}
