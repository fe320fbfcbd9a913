import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { makeAuthority } from '../runtime/egress/make-certificates.ts'
import { buildApp } from './gateway/build-app.ts'

t.test('health shows every exception from the egress rules to anybody', async (t) => {
  const { ca } = makeAuthority(t.testdir(), 'Root of Acme')
  const overrides = { 'api.erp.example': { address: '127.0.0.1', port: 1, scheme: 'http' as const } }
  const egress = { overrides, allowPrivateRanges: ['10.20.0.0/16'], extraCa: [ca] }
  const app = await buildApp(t, { egress })
  t.match((await app.call('GET', '/health')).body, {
    egress: {
      overrides: ['api.erp.example'],
      allowedPrivateRanges: ['10.20.0.0/16'],
      extraAuthorities: [`CN=Root of Acme (SHA-256 ${new X509Certificate(ca).fingerprint256})`],
    },
  })
})
