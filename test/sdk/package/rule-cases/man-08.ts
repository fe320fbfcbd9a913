import { annex, type RuleCase } from '../rule-case.ts'

export const man08Case: RuleCase = {
  trips: [
    annex((it) => Object.assign(it, { permissions: { required: [{ scope: 'write:everything', reason: 'why not' }] } })),
    annex((it) => Object.assign(it, { permissions: { required: [{ scope: 'Read:chantiers', reason: 'why not' }] } })),
    ...[
      'localhost',
      '10.0.0.1',
      '0x7f.1',
      'a.*.example.com',
      '*',
      '*.com',
      '*.co.uk',
      '*.github.io',
      'x.example.com:8080',
      'a@b.example.com',
      'https://x.example.com',
      '[::1]',
      'x..example.com',
      'x.example.com.',
    ].map((host) =>
      annex((it) => Object.assign(it, { credentials: undefined, egress: [{ host, reason: 'somewhere' }] })),
    ),
    annex((it) => Object.assign(it, { egress: [{ host: 'other.example.com', reason: 'not where the key goes' }] })),
    annex((it) => Object.assign(it, { egress: [{ host: '{{config.host}}', match: 'any', reason: 'no such field' }] })),
    annex((it) => Object.assign(it.credentials as object, { schema: { properties: { apiKey: {}, other: {} } } })),
    annex((it) => Object.assign(it, { webhook: { signature: { scheme: 'stripe', secretRef: 'nothing' } } })),
  ],
  passes: [
    annex((it) => Object.assign(it, { permissions: { required: [{ scope: 'chantiers:*', reason: 'all of it' }] } })),
    annex((it) => Object.assign(it, { egress: [{ host: '*.ERP.example', reason: 'every tenant' }] })),
    annex((it) =>
      Object.assign(it, {
        egress: [
          { host: 'api.erp.example', reason: 'the API' },
          { host: '{{config.base}}', match: '*.odoo.com', reason: 'your server' },
        ],
        config: { properties: { base: { type: 'string' } } },
      }),
    ),
  ],
}
