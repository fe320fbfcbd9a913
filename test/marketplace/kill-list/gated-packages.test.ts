import t from 'tap'
import { gatedPackages } from '../../../marketplace/kill-list/gated-packages.ts'
import type { PackageCode } from '../../../runtime/installation-source.ts'
import { codeOf } from './open-kill-list.ts'

t.test('what is killed cannot be loaded for anything', async (t) => {
  const loaded: PackageCode = { digest: 'd', source: '', manifest: {}, describe: {} }
  const killed = codeOf('1.0.0').digest
  const packages = gatedPackages(
    { load: async () => loaded },
    {
      ended: ({ digest }) =>
        digest === killed ? { code: 'EXTENSION_KILLED', message: 'it steals', retryable: false } : undefined,
    },
  )
  const refused = { code: 'EXTENSION_KILLED', message: 'it steals', retryable: false }
  await t.rejects(packages.load(killed, codeOf('1.0.0')), refused)
  await t.rejects(packages.load(killed, codeOf('2.0.0')), refused, 'by the digest that is asked for')
  t.equal(await packages.load(codeOf('2.0.0').digest, codeOf('1.0.0')), loaded)
})
