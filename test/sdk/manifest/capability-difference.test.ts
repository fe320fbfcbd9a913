import type { Capabilities } from '@annex/sdk/manifest/capabilities'
import { capabilityDifference } from '@annex/sdk/manifest/capability-difference'
import { normalizeManifest } from '@annex/sdk/manifest/normalize-manifest'
import t from 'tap'
import { goodManifest } from '../package/good-package.ts'

type Change = (capabilities: Capabilities) => void

const OAUTH2 = {
  authorizationUrl: 'https://id.example/authorize',
  tokenUrl: 'https://id.example/token',
  scopes: ['sites'],
  pkce: true,
}

/** One that asks for something of each kind. */
function asked(change: Change = () => undefined): Capabilities {
  const capabilities: Capabilities = {
    ...normalizeManifest(goodManifest()),
    configHosts: [{ key: 'base', match: '*.odoo.com', scheme: 'https', port: 443, reason: 'Yours' }],
    credentials: { type: 'OAUTH2', fields: ['apiKey'], oauth2: structuredClone(OAUTH2) },
    secrets: [{ ref: 'hook', use: 'hmac-sha256' }],
    webhook: { scheme: 'stripe', secretRef: 'hook' },
    events: { subscribes: ['chantiers.created'], emits: [] },
    schedules: [{ name: 'nightly', cron: '0 3 * * *', timezone: 'UTC' }],
    dependencies: [{ name: '@acme/dates', range: '^1.0.0' }],
  }
  change(capabilities)
  return capabilities
}

function widened(change: Change, before?: Change): string[] {
  return capabilityDifference(
    { capabilities: asked(before), paid: false },
    { capabilities: asked(change), paid: false },
  ).map(({ kind, name }) => `${kind} ${name}`)
}

const host = (name: string, more: object = {}) => ({
  host: name,
  scheme: 'https' as const,
  port: 443,
  reason: 'There',
  ...more,
})

t.test('every kind of widening is told, once', async (t) => {
  const cases: [string, Change, Change?][] = [
    ['kind transformation', (it) => (it.kind = 'transformation')],
    ['scope read:assets', (it) => it.scopes.required.push({ scope: 'read:assets', reason: 'More' })],
    ['scope read:assets', (it) => it.scopes.optional.push({ scope: 'read:assets', reason: 'More' })],
    ['scope write:chantiers', () => undefined, (it) => (it.scopes = { required: [], optional: it.scopes.required })],
    ['host *.erp.example', (it) => (it.egress = [host('*.erp.example')])],
    ['host other.example', (it) => it.egress.push(host('other.example'))],
    ['host https://api.erp.example:8443', (it) => (it.egress = [host('api.erp.example', { port: 8443 })])],
    ['host http://api.erp.example:80', (it) => it.egress.push(host('api.erp.example', { scheme: 'http', port: 80 }))],
    ['host config.base', (it) => Object.assign(it.configHosts[0] ?? {}, { match: 'any' })],
    ['host config.other', (it) => it.configHosts.push({ ...host('x'), key: 'other', match: '*.odoo.com' })],
    ['credential api.erp.example', (it) => Object.assign(it.injections[0] ?? {}, { template: 'x{{apiKey}}' })],
    [
      'credential *.erp.example',
      (it) => it.injections.push({ host: '*.erp.example', in: 'bearer', template: '{{apiKey}}' }),
    ],
    ['credential JWT', (it) => Object.assign(it.credentials ?? {}, { type: 'JWT' })],
    ['secret password', (it) => it.credentials?.fields.push('password')],
    [
      'credential https://id.example/authorize',
      (it) => Object.assign(it.credentials?.oauth2 ?? {}, { tokenUrl: 'https://x.example' }),
    ],
    ['credential admin', (it) => it.credentials?.oauth2?.scopes.push('admin')],
    ['credential https://id.example/authorize', (it) => Object.assign(it.credentials?.oauth2 ?? {}, { pkce: false })],
    ['secret hook', (it) => (it.secrets = [{ ref: 'hook', use: 'hmac-sha512' }])],
    ['webhook github', (it) => (it.webhook = { scheme: 'github', secretRef: 'hook' })],
    ['webhook stripe', () => undefined, (it) => delete it.webhook],
    ['event chantiers.deleted', (it) => it.events.subscribes.push('chantiers.deleted')],
    ['dependency @acme/money', (it) => it.dependencies.push({ name: '@acme/money', range: '1' })],
  ]
  for (const [expected, after, before] of cases) t.strictSame(widened(after, before), [expected], expected)
})

t.test('less, or the same in other words, is no widening', async (t) => {
  const cases: [string, Change, Change?][] = [
    ['the same', () => undefined],
    ['another reason', (it) => Object.assign(it.scopes.required[0] ?? {}, { reason: 'Other words' })],
    ['a scope less', (it) => (it.scopes.required = [])],
    ['optional now', (it) => (it.scopes = { required: [], optional: it.scopes.required })],
    ['a host of a pattern', () => undefined, (it) => (it.egress = [host('*.erp.example')])],
    [
      'a narrower pattern',
      (it) => (it.egress = [host('*.a.erp.example')]),
      (it) => (it.egress = [host('*.erp.example')]),
    ],
    ['a narrower configuration', () => undefined, (it) => Object.assign(it.configHosts[0] ?? {}, { match: 'any' })],
    ['no credentials', (it) => Object.assign(it, { credentials: undefined, injections: [] })],
    ['another time', (it) => (it.schedules = [{ name: 'nightly', cron: '0 4 * * *', timezone: 'UTC' }])],
    ['another range', (it) => (it.dependencies = [{ name: '@acme/dates', range: '^2.0.0' }])],
  ]
  for (const [title, after, before] of cases) t.strictSame(widened(after, before), [], title)
})

t.test('what is to be bought was free', async (t) => {
  const priced = (before: boolean, after: boolean) =>
    capabilityDifference({ capabilities: asked(), paid: before }, { capabilities: asked(), paid: after })
  t.match(priced(false, true), [{ kind: 'price' }])
  t.strictSame([...priced(true, true), ...priced(true, false)], [])
})
