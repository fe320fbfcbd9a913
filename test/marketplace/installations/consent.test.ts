import type { Capabilities } from '@annex/sdk/manifest/capabilities'
import type { ScopeLimits } from '@annex/sdk/scope-limits'
import t from 'tap'
import { type ConsentSheet, checkConsent } from '../../../marketplace/installations/consent.ts'
import { effectiveGrant } from '../../../marketplace/installations/effective-grant.ts'
import type { VersionDocument } from '../../../marketplace/publishing/publishing-collections.ts'
import { restrictionsOf } from '../../../runtime/permissions/restrictions.ts'

const capabilities: Capabilities = {
  kind: 'connector',
  scopes: {
    required: [{ scope: 'write:chantiers', reason: 'Creates sites' }],
    optional: [
      {
        scope: 'read:timesheets',
        reason: 'Exports hours',
        conditions: [{ field: 'status', op: 'eq', value: 'APPROVED' }],
      },
    ],
  },
  egress: [
    { host: 'api.erp.example', scheme: 'https', port: 443, reason: 'The API' },
    { host: '*.files.example', scheme: 'https', port: 8443, reason: 'Plans' },
  ],
  configHosts: [{ key: 'baseHost', match: '*.odoo.com', scheme: 'https', port: 443, reason: 'Your server' }],
  injections: [
    { host: 'api.erp.example', in: 'bearer', template: '{{apiKey}}' },
    { host: '{{config.baseHost}}', in: 'header', name: 'X-Key', template: '{{apiKey}}' },
    { host: 'eu.files.example', in: 'mtls' },
  ],
  secrets: [],
  events: { subscribes: [], emits: [] },
  schedules: [],
  dependencies: [],
}

const withOptional = (wish: Capabilities['scopes']['optional'][number]): Capabilities => ({
  ...capabilities,
  scopes: { ...capabilities.scopes, optional: [wish] },
})

const version = {
  _id: '@acme/erp@1.0.0',
  extension: '@acme/erp',
  version: '1.0.0',
  digest: 'd'.repeat(64),
  manifestDigest: 'm'.repeat(64),
  card: { displayName: 'ERP', kind: 'connector' },
  capabilities,
} as VersionDocument

const hosts = ['api.erp.example', 'https://*.files.example:8443', '{{config.baseHost}}']
const enough = { manifestDigest: version.manifestDigest, scopes: ['write:chantiers'], hosts }

t.test('without a grant, everything that is asked for is shown', async (t) => {
  const outcome = checkConsent(version, undefined)
  t.match(outcome, { ok: false, error: { code: 'CONSENT_REQUIRED' } })
  const sheet = (outcome.ok ? undefined : outcome.error.details) as ConsentSheet
  t.match(sheet, {
    manifestDigest: version.manifestDigest,
    outdated: false,
    grant: { ...enough },
    missing: { scopes: [{ scope: 'write:chantiers' }] },
  })
  t.ok(checkConsent(version, sheet.grant).ok, 'the grant that it names is enough')
})

t.test('the events that it receives are shown', async (t) => {
  const events = { subscribes: ['chantiers.created', 'INVOICE_ISSUED', 'acme.invoice.seen'], emits: [] }
  const outcome = checkConsent({ ...version, capabilities: { ...capabilities, events } }, undefined)
  t.match(outcome.ok ? undefined : outcome.error.details, {
    events: [
      { type: 'chantiers.created', words: /your construction sites, as far as it may read them/ },
      { type: 'INVOICE_ISSUED', words: /your invoices/ },
      { type: 'acme.invoice.seen', words: /from other extensions, .*whatever scopes/ },
    ],
  })
})

t.test('optional scopes may be left out, required ones may not', async (t) => {
  t.match(checkConsent(version, enough), { ok: true, value: { scopes: ['write:chantiers'] } })
  t.match(checkConsent(version, { ...enough, scopes: ['read:timesheets'] }), {
    error: { code: 'CONSENT_REQUIRED', details: { missing: { scopes: [{ scope: 'write:chantiers' }] } } },
  })
  t.match(checkConsent(version, { ...enough, hosts: hosts.slice(1) }), {
    error: { code: 'CONSENT_REQUIRED', details: { missing: { hosts: [{ host: 'api.erp.example' }] } } },
  })
})

t.test('a consent to another manifest is none', async (t) => {
  t.match(checkConsent(version, { ...enough, manifestDigest: 'x' }), {
    error: { code: 'CONSENT_REQUIRED', details: { outdated: true, missing: { scopes: [], hosts: [] } } },
  })
})

t.test('nothing beyond the manifest can be granted', async (t) => {
  for (const scopes of [['write:chantiers', 'read:invoices'], ['read', 'write:chantiers'], ['chantiers:*']])
    t.match(checkConsent(version, { ...enough, scopes }), { error: { code: 'GRANT_EXCEEDS_MANIFEST' } })
  const more = [...hosts, 'evil.example']
  t.match(checkConsent(version, { ...enough, hosts: more }), { error: { code: 'GRANT_EXCEEDS_MANIFEST' } })
  t.match(checkConsent(version, { ...enough, scopes: ['write:everything'] }), { error: { code: 'UNKNOWN_SCOPE' } })
})

t.test('conditions come with the scope', async (t) => {
  const granted = { ...enough, scopes: ['write:chantiers', 'read:timesheets'] as const }
  const outcome = effectiveGrant(capabilities, { ...granted, scopes: [...granted.scopes] }, {})
  t.match(outcome, {
    value: {
      grants: [{ scope: 'write:chantiers' }, { scope: 'read:timesheets', conditions: [{ value: 'APPROVED' }] }],
    },
  })
})

t.test('an admin may narrow what is asked for, and never widens it', async (t) => {
  const asked = { columns: ['day', 'minutes', 'status'], maxRows: 100 }
  const [hours] = capabilities.scopes.optional
  if (!hours) throw new Error('no optional scope')
  const narrow = { ...version, capabilities: withOptional({ ...hours, ...asked }) } as VersionDocument
  const grantOf = (limits: ScopeLimits) => ({
    ...enough,
    scopes: ['write:chantiers', { scope: 'read:timesheets', ...limits }],
  })
  const window = { from: '08:00', to: '18:00', timezone: 'Europe/Paris' }
  const mine = { columns: ['day'], maxRows: 10, hours: window, conditions: [{ field: 'minutes', op: 'gt', value: 0 }] }
  const granted = checkConsent(narrow, grantOf(mine as ScopeLimits))
  t.match(granted, { ok: true, value: { scopes: [{ scope: 'read:timesheets', ...mine }, 'write:chantiers'] } })
  if (!granted.ok) return
  const outcome = effectiveGrant(narrow.capabilities, granted.value, {})
  if (!outcome.ok) throw new Error(outcome.error.message)
  const grant = outcome.value.grants.find(({ scope }) => scope === 'read:timesheets')
  t.same(grant && restrictionsOf(grant), {
    conditions: [{ field: 'status', op: 'eq', value: 'APPROVED' }, ...mine.conditions],
    columns: ['day'],
    maxRows: 10,
    hours: [window],
  })
  for (const [limits, beyond] of [
    [{ columns: ['day', 'comment'] }, 'read:timesheets for the field comment'],
    [{ maxRows: 101 }, 'read:timesheets for 101 records at a time'],
  ] as const)
    t.match(checkConsent(narrow, grantOf({ ...limits } as ScopeLimits)), {
      error: { code: 'GRANT_EXCEEDS_MANIFEST', details: { beyond: [beyond] } },
    })
  t.ok(checkConsent(narrow, grantOf({ maxRows: 100 })).ok, 'control')
})

t.test('a required scope may be narrowed, but not left out', async (t) => {
  const limited = { scope: 'write:chantiers', columns: ['reference', 'name', 'status'] }
  t.match(checkConsent(version, { ...enough, scopes: [limited] }), { ok: true, value: { scopes: [limited] } })
  t.match(checkConsent(version, { ...enough, scopes: [] }), { error: { code: 'CONSENT_REQUIRED' } })
  const odd = { scope: 'write:chantiers', columns: ['colour'] }
  t.match(checkConsent(version, { ...enough, scopes: [odd] }), {
    error: { code: 'INVALID_ARGUMENT', details: { problems: [{ pointer: '/scopes/0/columns/0' }] } },
  })
})

t.test('hosts of the configuration are fixed within their bound, and get their credential then', async (t) => {
  const granted = { ...enough, scopes: ['write:chantiers' as const] }
  const hostsOf = (config: Record<string, string>) => {
    const outcome = effectiveGrant(capabilities, granted, config)
    return outcome.ok ? outcome.value.egress.map(({ host }) => host) : outcome.error.code
  }
  t.same(hostsOf({}), ['api.erp.example', '*.files.example'], 'not configured: not reachable')
  t.same(hostsOf({ baseHost: 'Acme.Odoo.com' }), ['api.erp.example', '*.files.example', 'acme.odoo.com'])
  for (const baseHost of [
    'evil.example',
    'odoo.com.evil.example',
    'xodoo.com',
    '*.odoo.com',
    'https://a.odoo.com',
    '10.0.0.1',
    'a.odoo.com:8443',
    'a.odoo.com@evil.example',
  ])
    t.equal(hostsOf({ baseHost }), 'CONFIG_INVALID', baseHost)
  const outcome = effectiveGrant(capabilities, granted, { baseHost: 'acme.odoo.com' })
  t.match(outcome, {
    value: {
      injections: [
        { host: 'api.erp.example', in: 'bearer' },
        { host: 'acme.odoo.com', in: 'header', name: 'X-Key' },
      ],
    },
  })
})

t.test('a credential is bound to granted hosts only', async (t) => {
  const none = { manifestDigest: version.manifestDigest, scopes: [], hosts: [] }
  t.same(effectiveGrant(capabilities, none, { baseHost: 'acme.odoo.com' }), {
    ok: true,
    value: { grants: [], egress: [], injections: [] },
  })
})
