import { canonicalJson } from '@annex/sdk/canonical-json'
import { CATEGORIES, INTEGRATION_TYPES, type Manifest, PRICING_MODELS } from '@annex/sdk/manifest'
import { CREDENTIAL_TYPES } from '@annex/sdk/manifest/credentials'
import { hostCovers, parseHostPattern } from '@annex/sdk/manifest/host-pattern'
import { manifestDigest } from '@annex/sdk/manifest/manifest-digest'
import { normalizeManifest, readCapabilities } from '@annex/sdk/manifest/normalize-manifest'
import fc from 'fast-check'
import t from 'tap'

type Annex = Manifest['annex']

function manifest(annex: Partial<Annex> = {}): Manifest {
  return {
    name: '@acme/x',
    version: '1.0.0',
    annex: {
      kind: 'connector',
      displayName: 'X of Acme',
      category: 'OPERATIONS',
      integrationType: 'ERP',
      entry: 'dist/extension.js',
      platform: '^1.0.0',
      ...annex,
    },
  }
}

const problems = (annex: Partial<Annex>) => readCapabilities(manifest(annex)).problems.map(({ pointer }) => pointer)
const reason = 'because'

t.test('scopes come in their long form, each once', async (t) => {
  const { scopes } = normalizeManifest(
    manifest({
      permissions: {
        required: [
          { scope: 'chantiers:*', reason: 'all of it' },
          { scope: 'read:chantiers', reason: 'to read' },
        ],
        optional: [
          { scope: 'write:chantiers', reason: 'again' },
          { scope: 'read:timesheets', reason: 'hours', conditions: [{ field: 'status', op: 'eq', value: 'APPROVED' }] },
        ],
      },
    }),
  )
  t.strictSame(scopes, {
    required: [
      { scope: 'read:chantiers', reason: 'to read' },
      { scope: 'write:chantiers', reason: 'all of it' },
    ],
    optional: [
      { scope: 'read:timesheets', reason: 'hours', conditions: [{ field: 'status', op: 'eq', value: 'APPROVED' }] },
    ],
  })
})

t.test('a scope with two meanings is a problem', async (t) => {
  const conditions = [{ field: 'status', op: 'eq' as const, value: 'APPROVED' }]
  const some = { scope: 'read:chantiers', reason, conditions }
  const all = { scope: 'read:chantiers', reason }
  t.strictSame(problems({ permissions: { required: [some, all] } }), ['/annex/permissions/required/1'])
  t.strictSame(problems({ permissions: { required: [some], optional: [all] } }), ['/annex/permissions/optional'])
  t.strictSame(problems({ permissions: { required: [{ scope: 'read:nothing', reason }] } }), [
    '/annex/permissions/required/0/scope',
  ])
})

t.test('a scope may be asked for narrowly, and the consent is bound to its limits', async (t) => {
  const hours = { from: '08:00', to: '18:00', timezone: 'Europe/Paris' }
  const limits = { columns: ['day', 'minutes'], maxRows: 100, hours }
  const asking = (limits: object) =>
    manifest({ permissions: { required: [{ scope: 'read:timesheets', reason, ...limits }] } })
  t.strictSame(normalizeManifest(asking(limits)).scopes.required, [{ scope: 'read:timesheets', reason, ...limits }])
  const digests = [{}, limits, { ...limits, maxRows: 200 }, { ...limits, columns: ['day'] }, { maxRows: 100 }]
  t.equal(new Set(digests.map((one) => manifestDigest(asking(one)))).size, digests.length)
  const odd = [{ columns: ['colour'] }, { hours: { ...hours, timezone: 'Europe/Atlantis' } }]
  t.strictSame(
    odd.flatMap((limits) => problems({ permissions: { required: [{ scope: 'read:timesheets', reason, ...limits }] } })),
    ['/annex/permissions/required/0/columns/0', '/annex/permissions/required/0/hours/timezone'],
  )
  t.strictSame(
    problems({
      permissions: {
        required: [{ scope: 'read:timesheets', reason }],
        optional: [{ scope: 'read', reason, maxRows: 5 }],
      },
    }),
    [],
    'an optional twin with limits adds nothing to a required scope without',
  )
  t.strictSame(
    problems({
      permissions: {
        required: [
          { scope: 'timesheets:*', reason, maxRows: 5 },
          { scope: 'read', reason },
        ],
      },
    }),
    ['/annex/permissions/required/1'],
  )
})

t.test('hosts come in one form, those of the configuration apart', async (t) => {
  const { egress, configHosts } = normalizeManifest(
    manifest({
      egress: [
        { host: 'B\u00fccher.Example', reason },
        { host: 'api.example.com', scheme: 'http', reason },
        { host: '*.API.example.com', port: 8443, reason },
        { host: '{{config.base}}', match: '*.Odoo.com', reason },
      ],
      config: { properties: { base: { type: 'string' } } },
    }),
  )
  t.strictSame(egress, [
    { host: '*.api.example.com', scheme: 'https', port: 8443, reason },
    { host: 'api.example.com', scheme: 'http', port: 80, reason },
    { host: 'xn--bcher-kva.example', scheme: 'https', port: 443, reason },
  ])
  t.strictSame(configHosts, [{ key: 'base', match: '*.odoo.com', scheme: 'https', port: 443, reason }])
})

t.test('refuses hosts that are no names', async (t) => {
  for (const host of [
    '127.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '127.1',
    '[::1]',
    'localhost',
    'a b.example.com',
    'x.example.com/',
    'x%2eexample.com',
    'x\u3002example.com',
    '-a.example.com',
    `${'a'.repeat(64)}.example.com`,
    '*.*.example.com',
    '*',
    '*.',
    '',
  ])
    t.match(parseHostPattern(host), { problem: /./ }, JSON.stringify(host))
})

t.test('a pattern covers names below it only', async (t) => {
  t.ok(hostCovers('*.odoo.com', 'acme.odoo.com'))
  t.ok(hostCovers('*.odoo.com', '*.eu.odoo.com'))
  t.ok(hostCovers('api.x.example', 'api.x.example'))
  for (const other of ['odoo.com', 'evilodoo.com', 'odoo.com.example.org', 'acme.odoo.com.example.org'])
    t.notOk(hostCovers('*.odoo.com', other), other)
})

t.test('a credential needs a host that may be reached', async (t) => {
  const schema = { properties: { apiKey: {}, spare: {} } }
  const credentials = (host: string): NonNullable<Annex['credentials']> => ({
    type: 'API_KEY',
    schema: { properties: { apiKey: {} } },
    inject: [{ host, in: 'header', name: 'Authorization', template: 'Bearer {{apiKey}}' }],
  })
  const egress = [{ host: '*.example.com', reason }]
  t.strictSame(problems({ egress, credentials: credentials('API.example.com') }), [])
  t.strictSame(problems({ egress, credentials: credentials('api.example.org') }), ['/annex/credentials/inject/0/host'])
  t.strictSame(problems({ egress, credentials: credentials('{{config.x}}') }), ['/annex/credentials/inject/0/host'])
  const inject = [{ host: 'a.example.com', in: 'bearer' as const, template: '{{apiKey}}' }]
  t.strictSame(problems({ egress, credentials: { type: 'API_KEY', schema, inject } }), [
    '/annex/credentials/schema/properties/spare',
  ])
  const webhook: NonNullable<Annex['webhook']> = { signature: { scheme: 'stripe', secretRef: 'spare' } }
  t.strictSame(problems({ egress, webhook, credentials: { type: 'API_KEY', schema, inject } }), [])
  for (const broken of [
    { in: 'bearer' as const },
    { in: 'header' as const, template: '{{apiKey}}' },
    { in: 'basic' as const, template: '{{apiKey}}' },
    { in: 'bearer' as const, template: 'fixed' },
  ])
    t.strictSame(
      problems({
        egress,
        credentials: { type: 'API_KEY', schema: {}, inject: [{ host: 'a.example.com', ...broken }] },
      }),
      ['/annex/credentials/inject/0'],
    )
  t.strictSame(
    problems({
      egress,
      credentials: { type: 'OAUTH2', schema: {}, inject: [{ host: 'a.example.com', in: 'mtls' }] },
    }).includes('/annex/credentials/oauth2'),
    true,
  )
})

t.test('a client certificate takes a certificate, its key, and a passphrase if there is one', async (t) => {
  const egress = [{ host: 'a.example.com', reason }]
  const inject = [{ host: 'a.example.com', in: 'mtls' as const }]
  const withFields = (...fields: string[]) => {
    const schema = {
      type: 'object',
      properties: Object.fromEntries(fields.map((field) => [field, { type: 'string' }])),
    }
    return problems({ egress, credentials: { type: 'CERTIFICATE', schema, inject } })
  }
  t.strictSame(withFields('certificate', 'privateKey'), [])
  t.strictSame(withFields('certificate', 'privateKey', 'passphrase'), [])
  t.strictSame(withFields('certificate'), ['/annex/credentials/inject/0'])
  t.strictSame(withFields('certificate', 'privateKey', 'apiKey'), ['/annex/credentials/schema/properties/apiKey'])
})

t.test('throws for a manifest that is not sound', async (t) => {
  t.throws(() => normalizeManifest(manifest({ egress: [{ host: '*', reason }] })), TypeError)
})

t.test('the digest binds what a consent covers, and nothing else', async (t) => {
  const asked = { permissions: { required: [{ scope: 'write:chantiers', reason }] } }
  const digest = manifestDigest(manifest(asked))
  t.match(digest, /^[0-9a-f]{64}$/)
  t.equal(manifestDigest({ ...manifest(asked), version: '2.0.0', description: 'New words' }), digest)
  t.equal(manifestDigest(manifest({ ...asked, egress: [], pricing: { model: 'FREE' } })), digest)
  for (const other of [
    {},
    { permissions: { required: [{ scope: 'write:chantiers', reason: 'another' }] } },
    { permissions: { optional: asked.permissions.required } },
    { ...asked, egress: [{ host: 'api.example.com', reason }] },
    { ...asked, pricing: { model: 'SUBSCRIPTION' as const } },
    { ...asked, displayName: 'Y of Acme' },
  ])
    t.not(manifestDigest(manifest(other)), digest, JSON.stringify(other))
})

t.test('one value has one canonical text', async (t) => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (value) => {
      const entries = Object.entries(value)
      const turned = Object.fromEntries(entries.reverse())
      return (
        canonicalJson(turned) === canonicalJson(value) &&
        canonicalJson(JSON.parse(canonicalJson(value))) === canonicalJson(value)
      )
    }),
  )
  t.equal(
    canonicalJson({ b: [1e21, -0, 1.5], a: { '\u20ac': '\u000f"', '\r': undefined } }),
    '{"a":{"\u20ac":"\\u000f\\""},"b":[1e+21,0,1.5]}',
  )
  for (const value of [Number.NaN, 1n, undefined, () => 1, '\ud800', { '\udc00': 1 }])
    t.throws(() => canonicalJson(value), TypeError)
  let deep: unknown = 0
  for (let depth = 0; depth < 200; depth++) deep = [deep]
  t.throws(() => canonicalJson(deep), TypeError)
})

t.test('the words of the manifest are all there (S-313 to S-320, S-329 to S-336, S-343 to S-347)', async (t) => {
  t.strictSame(INTEGRATION_TYPES, ['ERP', 'CRM', 'ACCOUNTING', 'BANKING', 'ECOMMERCE', 'MARKETING', 'HR', 'CUSTOM'])
  t.strictSame(CATEGORIES, [
    'PRODUCTIVITY',
    'ANALYTICS',
    'COMMUNICATION',
    'FINANCE',
    'MARKETING',
    'SALES',
    'HR',
    'OPERATIONS',
  ])
  t.strictSame(CREDENTIAL_TYPES, ['API_KEY', 'OAUTH2', 'BASIC_AUTH', 'JWT', 'CERTIFICATE'])
  t.strictSame(PRICING_MODELS, ['FREE', 'ONE_TIME', 'SUBSCRIPTION', 'USAGE_BASED', 'FREEMIUM'])
})
