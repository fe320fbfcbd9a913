import t from 'tap'
import { createInstallationRemains } from '../../marketplace/installation-remains.ts'
import { deliveries } from '../../runtime/events/delivery.ts'
import { files, fileUsage } from '../../runtime/host-api/file-documents.ts'
import { createFiles } from '../../runtime/host-api/files.ts'
import { kvKeys, kvUsage } from '../../runtime/host-api/kv-documents.ts'
import type { Collection, Stored } from '../../runtime/storage/port.ts'
import { buildApp } from './gateway/build-app.ts'

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

t.test('its deliveries go with their jobs', async (t) => {
  const { services } = await buildApp(t)
  const { store, runtime, clock } = services
  const at = clock.iso()
  const deliver = async (installationId: string) => {
    const draft = { organizationId: 'org_a', type: 'test.nobody', payload: null, group: installationId }
    const { _id: jobId } = await runtime.jobs.enqueue(store, draft)
    await store
      .forOrganization('org_a')(deliveries)
      .insert({
        ...{ _id: `dlv_${installationId}`, installationId, extension: '@a/b', eventId: 'evt', type: 'acme.site.seen' },
        ...{ occurredAt: at, sequence: 1, depth: 0, state: 'PENDING', jobId, attempts: 0, createdAt: at },
      })
    return jobId
  }
  const [gone, stays] = [await deliver('ins_1'), await deliver('ins_2')]
  await createInstallationRemains({ ...services, jobs: runtime.jobs }).erase('org_a', 'ins_1')
  t.equal(await runtime.jobs.get('org_a', gone), undefined)
  t.match(await runtime.jobs.get('org_a', stays), { state: 'READY' })
  const left = await store.forOrganization('org_a')(deliveries).find({})
  t.same(
    left.data.map(({ installationId }) => installationId),
    ['ins_2'],
  )
})

t.test('what an installation kept goes with it, and nothing of its neighbours', async (t) => {
  const { services } = await buildApp(t)
  const { store, runtime } = services
  const kept = createFiles(services)
  const remains = createInstallationRemains({ ...services, jobs: runtime.jobs })
  const owners = [
    ['org_a', 'ins_1'],
    ['org_a', 'ins_2'],
    ['org_b', 'ins_3'],
  ] as const
  const blobs: string[] = []
  for (const [organizationId, installationId] of owners) {
    const of = store.forOrganization(organizationId)
    await of(kvUsage).increment(installationId, 'keys')
    const key = { installationId, key: 'k', value: '1', revision: 1, expiresAt: '9999-12-31T23:59:59.999Z' }
    await of(kvKeys).insert({ _id: `${organizationId}${installationId}`, ...key })
    const place = await kept.reserve(organizationId, installationId)
    if (!place.ok) throw new Error(place.error.message)
    const { id } = await place.value.fill(bytesOf('the same plan'), 'application/pdf')
    blobs.push((await of(files).get(id))?.blob ?? '')
  }
  const left = async () => {
    const system = store.asSystem('a test looks at what is left')
    const count = async <T extends Stored>(each: Collection<T>) => (await system(each).find({})).data.length
    const documents = [await count(kvKeys), await count(kvUsage), await count(files), await count(fileUsage)]
    const stored = await Promise.all(blobs.map((blob) => store.blobs.get(blob)))
    return { documents, blobs: stored.filter((bytes) => bytes).length }
  }
  t.same(await left(), { documents: [3, 3, 3, 3], blobs: 3 }, 'control')
  await remains.erase('org_a', 'ins_1')
  t.same(await left(), { documents: [2, 2, 2, 2], blobs: 2 })
  await remains.erase('org_a', 'ins_1')
  t.same(await left(), { documents: [2, 2, 2, 2], blobs: 2 }, 'again is no harm')
})
