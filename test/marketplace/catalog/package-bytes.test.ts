import { createHash } from 'node:crypto'
import t from 'tap'
import { createPackageBytes } from '../../../marketplace/catalog/package-bytes.ts'
import type { BlobStore } from '../../../runtime/storage/port.ts'
import { openTestStore } from '../../runtime/storage/open-test-store.ts'

/** The store's own blobs, with what was read of them. */
function counted(blobs: BlobStore) {
  const read: string[] = []
  const get: BlobStore['get'] = (id) => {
    read.push(id)
    return blobs.get(id)
  }
  return { read, blobs: { ...blobs, get } }
}

t.test('packages are read once, as long as there is room', async (t) => {
  const store = await openTestStore(t, [])
  const { read, blobs } = counted(store.blobs)
  const packages = createPackageBytes({ blobs }, 25)
  const put = async (text: string) => (await store.blobs.put(Buffer.from(text))).id
  const [a, b, c] = [await put('a'.repeat(10)), await put('b'.repeat(10)), await put('c'.repeat(10))]
  for (const digest of [a, b, a, b, a]) await packages.get(digest)
  t.same(read, [a, b])
  t.same(Buffer.from(await packages.get(c)).toString(), 'c'.repeat(10))
  await packages.get(a)
  t.same(read, [a, b, c], 'the one that was not asked for longest made room')
  await packages.get(b)
  t.same(read, [a, b, c, b])
  const large = await put('d'.repeat(100))
  for (let i = 0; i < 2; i++) t.equal((await packages.get(large)).byteLength, 100)
  t.same(read.slice(4), [large, large], 'what is larger than all the room is not kept')
})

t.test('bytes that are not stored, or not what was stored, are not handed out', async (t) => {
  const store = await openTestStore(t, [])
  const digest = createHash('sha256').update('sound').digest('hex')
  await t.rejects(createPackageBytes(store).get(digest), /is not stored/)
  const damaged = { ...store.blobs, get: async () => Buffer.from('damaged') }
  await t.rejects(createPackageBytes({ blobs: damaged }).get(digest), /do not have its digest/)
  await store.blobs.put(Buffer.from('sound'))
  t.same(Buffer.from(await createPackageBytes(store).get(digest)).toString(), 'sound')
})
