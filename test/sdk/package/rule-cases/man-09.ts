import type { Outside } from '@annex/package/outside'
import type { Capabilities } from '@annex/sdk/manifest/capabilities'
import { normalizeManifest } from '@annex/sdk/manifest/normalize-manifest'
import { goodManifest, type ManifestChange } from '../good-package.ts'
import { annex, type RuleCase } from '../rule-case.ts'

const asks = (scope: string, more: object = {}) =>
  annex((it) => Object.assign(it, { permissions: { required: [{ scope, reason: 'It needs this', ...more }] } }))
const reaches = (host: string, more: object = {}) =>
  annex((it) => Object.assign(it, { credentials: undefined, egress: [{ host, reason: 'It is there', ...more }] }))
const config = { properties: { base: { type: 'string' } } }
const injects = (host: string) =>
  annex((it) => {
    Object.assign(it, { egress: [{ host: '*.erp.example', reason: 'Each tenant' }] })
    Object.assign(it.credentials as object, { inject: [{ host, in: 'bearer', template: '{{apiKey}}' }] })
  })

function before(change: (capabilities: Capabilities) => void = () => undefined, more: object = {}): Outside {
  const capabilities = normalizeManifest(goodManifest())
  change(capabilities)
  return { versions: ['1.0.0'], previous: { version: '1.0.0', capabilities, ...more } }
}

const paid: ManifestChange = (it) =>
  Object.assign(it.annex, { pricing: { model: 'ONE_TIME', price: 900, currency: 'EUR' } })

export const man09Case: RuleCase = {
  trips: [
    reaches('*.erp.example'),
    {
      ...annex((it) =>
        Object.assign(it, {
          config,
          egress: [{ host: '{{config.base}}', match: 'any', reason: 'Yours' }],
          credentials: undefined,
        }),
      ),
    },
    injects('*.erp.example'),
    asks('read'),
    asks('write'),
    { outside: before((it) => (it.scopes.required = [])) },
    { outside: before((it) => (it.egress = [])) },
    { outside: before((it) => (it.injections = [])) },
    { outside: before((it) => Object.assign(it.credentials ?? {}, { fields: [] })) },
    { manifest: paid, outside: before(undefined, { paid: false }) },
  ],
  passes: [
    reaches('api.erp.example', { port: 8443 }),
    annex((it) =>
      Object.assign(it, {
        config,
        egress: [{ host: '{{config.base}}', match: '*.odoo.com', reason: 'Yours' }],
        credentials: undefined,
      }),
    ),
    asks('chantiers:*'),
    asks('read', { maxRows: 50 }),
    { outside: before() },
    { outside: { versions: [] } },
    {
      outside: before((it) => it.egress.push({ host: '*.other.example', scheme: 'https', port: 443, reason: 'Gone' })),
    },
    { manifest: paid, outside: before(undefined, { paid: true }) },
    { manifest: paid, outside: before() },
  ],
}
