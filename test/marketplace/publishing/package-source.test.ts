import t from 'tap'
import { createPackageSource } from '../../../marketplace/publishing/package-source.ts'
import type { SignatureCheck } from '../../../marketplace/publishing/signing/signature-check.ts'
import { createLog } from '../../../runtime/log.ts'
import { PackageRefused } from '../../../runtime/package-refused.ts'
import { openTestStore } from '../../runtime/storage/open-test-store.ts'
import { openChecker, packageOf } from '../rig/open-marketplace.ts'

const codeOf = (digest: string) => ({
  organizationId: 'org_a',
  extension: '@acme/site-import',
  version: '1.0.0',
  digest,
})

t.test('the code of packages', async (t) => {
  const checker = await openChecker(t)
  const { blobs } = await openTestStore(t, [])
  let extracted = 0
  let refused = false
  const asked: Parameters<SignatureCheck>[0][] = []
  const source = createPackageSource({
    blobs,
    log: createLog('silent'),
    signatures: async (code) => {
      asked.push(code)
      if (refused) throw new PackageRefused('PACKAGE_SIGNATURE_INVALID', 'not signed')
    },
    extract: (bytes) => {
      extracted += 1
      return checker.extract(bytes)
    },
  })
  const load = (digest: string) => source.load(digest, codeOf(digest))
  const { id } = await blobs.put(packageOf('1.0.0'))

  t.test('is read once, however many ask, and its signature is looked at each time', async (t) => {
    const codes = await Promise.all([load(id), load(id), load(id)])
    for (const code of codes) t.match(code, { digest: id, source: /annexExtension/, manifest: { version: '1.0.0' } })
    t.equal(extracted, 1)
    t.same(asked, [codeOf(id), codeOf(id), codeOf(id)])
  })

  t.test('is refused without its signature, although it is kept', async (t) => {
    refused = true
    await t.rejects(load(id), { code: 'PACKAGE_SIGNATURE_INVALID' })
    refused = false
    t.match(await load(id), { digest: id })
    t.equal(extracted, 1)
  })

  t.test('is asked for by the digest that is loaded, whatever else the installation says', async (t) => {
    await source.load(id, codeOf('another'))
    t.equal(asked.at(-1)?.digest, id)
  })

  t.test('is nothing for a digest that is not stored, until it is', async (t) => {
    const bytes = packageOf('2.0.0')
    const other = await blobs.put(bytes)
    await blobs.delete(other.id)
    t.equal(await load(other.id), undefined)
    await blobs.put(bytes)
    t.match(await load(other.id), { digest: other.id })
  })

  t.test('is nothing for bytes that do not have the digest', async (t) => {
    const damaged = createPackageSource({
      blobs: { ...blobs, get: async () => packageOf('3.0.0') },
      extract: (bytes) => checker.extract(bytes),
      signatures: async () => {},
      log: createLog('silent'),
    })
    t.equal(await damaged.load(id, codeOf(id)), undefined)
  })

  t.test('fails for bytes that are no package, and is tried again', async (t) => {
    const { id: no } = await blobs.put(Buffer.from('no package'))
    await t.rejects(load(no), { message: /could not be read/ })
    await t.rejects(load(no))
  })
})
