import type { Capabilities } from '@annex/sdk/manifest/capabilities'
import t from 'tap'
import { configHostKey, hostKey } from '../../../marketplace/catalog/permission-words.ts'
import { effectiveGrant } from '../../../marketplace/installations/effective-grant.ts'

const bank = { host: 'api.bank.example', scheme: 'https', port: 443, reason: 'Accounts' } as const
const own = { key: 'server', match: 'any', scheme: 'https', port: 8443, reason: 'Your own server' } as const

const capabilities: Capabilities = {
  kind: 'connector',
  scopes: { required: [], optional: [] },
  egress: [bank],
  configHosts: [own],
  injections: [
    { host: 'api.bank.example', in: 'mtls' },
    { host: '{{config.server}}', in: 'mtls' },
  ],
  secrets: [],
  events: { subscribes: [], emits: [] },
  schedules: [],
  dependencies: [],
}

const granted = { manifestDigest: 'd', scopes: [], hosts: [hostKey(bank), configHostKey(own)] }

t.test('a client certificate is bound to its host like any credential', async (t) => {
  const fixed = effectiveGrant(capabilities, granted, { server: 'Erp.Acme.Example' })
  t.match(fixed, {
    ok: true,
    value: {
      egress: [{ host: 'api.bank.example' }, { host: 'erp.acme.example', scheme: 'https', port: 8443 }],
      injections: [
        { host: 'api.bank.example', in: 'mtls' },
        { host: 'erp.acme.example', in: 'mtls' },
      ],
    },
  })
  t.match(effectiveGrant(capabilities, { ...granted, hosts: [] }, {}), { ok: true, value: { injections: [] } })
})

t.test('a host of the configuration is one full name, whatever the pattern would let through', async (t) => {
  const hostFor = (server: string) => {
    const outcome = effectiveGrant(capabilities, granted, { server })
    return outcome.ok ? outcome.value.egress[1]?.host : outcome.error.code
  }
  t.equal(hostFor('ＥＲＰ.Acme.example'), 'erp.acme.example', 'one spelling of a name')
  t.equal(hostFor('bücher.example'), 'xn--bcher-kva.example')
  t.equal(hostFor('аpi.bank.example'), 'xn--pi-6kc.bank.example', 'a look-alike is shown as what it is')
  const refused = [
    ...['*.co.uk', '*.github.io', '*.example', '*', 'com', 'localhost', 'erp.acme.example.', '.acme.example'],
    ...['127.0.0.1', '2130706433', '0x7f.1', '[::1]', '[fe80::1%25eth0]', '169.254.169.254', '1.2.3.4.'],
    ...[
      'acme.example:443',
      'user@acme.example',
      'acme.example/x',
      'acme.example#',
      'acme example',
      'a..example',
      ' a.example',
    ],
    ...['acme.example\r\nHost: evil', 'a\0.example', 'a%2eexample.com', `${'a'.repeat(64)}.example`],
  ]
  for (const server of refused) t.equal(hostFor(server), 'CONFIG_INVALID', JSON.stringify(server))
})
