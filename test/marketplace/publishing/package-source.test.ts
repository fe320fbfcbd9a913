import t from 'tap'
import { createPackageSource } from '../../../marketplace/publishing/package-source.ts'
import { createLog } from '../../../runtime/log.ts'
import { openTestStore } from '../../runtime/storage/open-test-store.ts'
import { openChecker, packageOf } from '../rig/open-marketplace.ts'

t.test('the code of packages', async (t) => {
  const checker = await openChecker(t)
  const { blobs } = await openTestStore(t, [])
  let extracted = 0
  const source = createPackageSource({
    blobs,
    log: createLog('silent'),
    extract: (bytes) => {
      extracted += 1
      return checker.extract(bytes)
    },
  })
  const { id } = await blobs.put(packageOf('1.0.0'))

  t.test('is read once, however many ask', async (t) => {
    const codes = await Promise.all([source.load(id), source.load(id), source.load(id)])
    for (const code of codes) t.match(code, { digest: id, source: /annexExtension/, manifest: { version: '1.0.0' } })
    t.equal(extracted, 1)
  })

  t.test('is nothing for a digest that is not stored, until it is', async (t) => {
    const bytes = packageOf('2.0.0')
    const other = await blobs.put(bytes)
    await blobs.delete(other.id)
    t.equal(await source.load(other.id), undefined)
    await blobs.put(bytes)
    t.match(await source.load(other.id), { digest: other.id })
  })

  t.test('is nothing for bytes that do not have the digest', async (t) => {
    const damaged = createPackageSource({
      blobs: { ...blobs, get: async () => packageOf('3.0.0') },
      extract: (bytes) => checker.extract(bytes),
      log: createLog('silent'),
    })
    t.equal(await damaged.load(id), undefined)
  })

  t.test('fails for bytes that are no package, and is tried again', async (t) => {
    const { id: no } = await blobs.put(Buffer.from('no package'))
    await t.rejects(source.load(no), { message: /could not be read/ })
    await t.rejects(source.load(no))
  })
})
