import t from 'tap'
import { createDeclarations } from '../../runtime/installation-declarations.ts'
import type { PackageSource } from '../../runtime/installation-source.ts'
import { PackageRefused } from '../../runtime/package-refused.ts'
import { goodManifest } from '../sdk/package/good-package.ts'

const CODE = { organizationId: 'org_a', extension: '@acme/site-import', version: '1.2.0', digest: 'a'.repeat(64) }

t.test('what a package declares', async (t) => {
  const whole = goodManifest()
  Object.assign(whole.annex, { events: { subscribes: ['INVOICE_ISSUED'], emits: [] } })
  const manifest = JSON.parse(JSON.stringify(whole))
  let answer: PackageSource['load'] = async (digest) => ({ digest, source: '', manifest, describe: {} })
  let asked = 0
  const declarations = createDeclarations({
    load: async (...about) => {
      asked += 1
      return answer(...about)
    },
  })
  const vouched = answer

  t.test('is nothing while nobody vouches for it', async (t) => {
    answer = async () => {
      throw new PackageRefused('PACKAGE_SIGNATURE_INVALID', 'not signed')
    }
    t.match(await declarations.of(CODE), { events: { subscribes: [], emits: [] } })
  })

  t.test('is not guessed when the package cannot be read', async (t) => {
    answer = async () => {
      throw new Error('the check child is gone')
    }
    await t.rejects(declarations.of(CODE), { message: 'the check child is gone' })
  })

  t.test('is read once somebody does, and then kept', async (t) => {
    answer = vouched
    t.match(await declarations.of(CODE), { events: { subscribes: ['INVOICE_ISSUED'] } })
    const before = asked
    await declarations.of(CODE)
    t.equal(asked, before)
  })
})
