import { createHmac } from 'node:crypto'
import { HOST_CALLS } from '@annex/sdk/host-api'
import t from 'tap'
import { EMITTED, MAX_EVENTS_PER_MINUTE } from '../../../runtime/host-api/event-calls.ts'
import { answerProblem } from '../../../runtime/host-api/validate-call.ts'
import { installationSecrets } from '../../../runtime/secrets/installation-secrets.ts'
import { readOutbox } from '../../../runtime/storage/outbox-read.ts'
import { openDeclaredHost } from './open-declared-host.ts'
import { answerOf, codeOf, installed, openHostApi } from './open-host-api.ts'

const SECRETS = {
  secrets: [
    { ref: 'key', use: 'hmac-sha256' as const },
    { ref: 'long', use: 'hmac-sha512' as const },
  ],
}
const EVENTS = { events: { emits: ['acme.site.imported'] } }
const place = { organizationId: 'org_a', installationId: 'ins_1', ref: 'key' }

t.test('signs with a secret by its declared use, text and bytes', async (t) => {
  const { call, secrets, store } = await openDeclaredHost(t, SECRETS)
  await secrets.set(store, place, 'the secret')
  await secrets.set(store, { ...place, ref: 'long' }, 'the other')
  const mac = (hash: string, secret: string, data: string | Buffer) => ({
    mac: createHmac(hash, secret).update(data).digest('base64'),
  })
  t.same(answerOf(await call('secrets.hmac', { ref: 'key', data: 'é' })), mac('sha256', 'the secret', 'é'))
  const bytes = Buffer.from([0, 255, 128])
  const args = { ref: 'long', data: bytes.toString('base64'), encoding: 'base64' }
  t.same(answerOf(await call('secrets.hmac', args)), mac('sha512', 'the other', bytes))
})

t.test('what is not declared, not set or another installation’s signs nothing', async (t) => {
  const { call, secrets, store } = await openDeclaredHost(t, SECRETS)
  const ask = (ref: string, more = {}) => call('secrets.hmac', { ref, data: 'x' }, more)
  await secrets.set(store, { ...place, ref: 'undeclared' }, 'a secret')
  await secrets.set(store, { ...place, installationId: 'ins_2' }, 'a secret')
  t.equal(codeOf(await ask('undeclared')), 'PERMISSION_DENIED')
  t.equal(codeOf(await ask('__proto__')), 'PERMISSION_DENIED')
  t.equal(codeOf(await ask('key')), 'NOT_FOUND')
  t.equal(codeOf(await ask('key', { installation: installed({ id: 'ins_2', organizationId: 'org_b' }) })), 'NOT_FOUND')
  t.equal(codeOf(await ask('key', { credentials: { key: 'of the integration' } })), 'ok')
  await secrets.set(store, place, 'x')
  await secrets.set(store, place, null)
  t.equal(codeOf(await ask('key')), 'NOT_FOUND', 'deleted')
})

t.test('a secret lies sealed, and opens in its own place alone', async (t) => {
  const { secrets, store } = await openDeclaredHost(t, SECRETS)
  await secrets.set(store, place, 'the secret')
  const documents = store.forOrganization('org_a')(installationSecrets)
  const stored = await documents.get('ins_1:key')
  t.notMatch(JSON.stringify(stored), /the secret/)
  if (stored) await documents.put({ ...stored, _id: 'ins_2:key', installationId: 'ins_2' })
  await t.rejects(secrets.get({ ...place, installationId: 'ins_2' }), { code: 'SECRET_BOX_ERROR' })
  t.equal(await secrets.get(place), 'the secret')
})

t.test('emits declared types only, within bounds', async (t) => {
  const { call, store } = await openDeclaredHost(t, EVENTS)
  const emit = (type: string, data: object = {}) => call('events.emit', { type, data })
  t.equal(codeOf(await emit('acme.site.lost')), 'PERMISSION_DENIED')
  t.equal(codeOf(await emit('chantiers.created')), 'PERMISSION_DENIED')
  t.equal(codeOf(await emit('acme.site.imported', { text: 'x'.repeat(65_536) })), 'QUOTA_EXCEEDED')
  t.equal(codeOf(await call('events.emit', { type: 'acme.site.imported', data: [] })), 'INVALID_ARGUMENT')
  t.equal(codeOf(await emit('acme.site.imported', { 'a.b': { $gt: 1 } })), 'ok')
  const events = await readOutbox(store, 'org_a', 0, 10)
  t.match(events, [{ type: EMITTED, payload: { type: 'acme.site.imported', by: 'installation:ins_1' } }])
  t.equal(events.length, 1)
})

t.test('what an upgrade in mid-run declares is not lent to the code that runs', async (t) => {
  const declares = (digest: string) => (digest === 'b'.repeat(64) ? EVENTS : {})
  const { call } = await openDeclaredHost(t, declares)
  const [old, upgraded] = [installed(), installed({ digest: 'b'.repeat(64), version: '2.0.0' })]
  const emit = (installation: typeof old) =>
    call('events.emit', { type: 'acme.site.imported', data: {} }, { installation, current: async () => upgraded })
  t.equal(codeOf(await emit(old)), 'PERMISSION_DENIED')
  t.equal(codeOf(await emit(upgraded)), 'ok')
})

t.test('carries on what it reacts to', async (t) => {
  const { call, store } = await openDeclaredHost(t, EVENTS)
  const cause = { eventId: 'evt_1', depth: 3 }
  answerOf(await call('events.emit', { type: 'acme.site.imported', data: {} }, { cause }))
  t.match(await readOutbox(store, 'org_a', 0, 10), [{ payload: { cause } }])
})

t.test('a minute has room for so many events, exactly', async (t) => {
  const { call, clock } = await openDeclaredHost(t, EVENTS)
  const emit = (more = {}) => call('events.emit', { type: 'acme.site.imported', data: {} }, more)
  const codes = await Promise.all(Array.from({ length: MAX_EVENTS_PER_MINUTE + 1 }, () => emit()))
  t.equal(codes.filter(({ ok }) => ok).length, MAX_EVENTS_PER_MINUTE)
  t.match(await emit(), { ok: false, error: { code: 'RATE_LIMIT_EXCEEDED', retryAfter: Number } })
  t.equal(codeOf(await emit({ installation: installed({ id: 'ins_2' }) })), 'ok', 'another has its own')
  clock.move(60_000)
  t.equal(codeOf(await emit()), 'ok')
})

t.test('every host call says what it needs, costs and hides', async (t) => {
  for (const [name, { summary, counts, needs, redact }] of Object.entries(HOST_CALLS)) {
    t.match(summary, /^[A-Z].{10,}[^.]$/, name)
    t.ok((counts as readonly string[]).includes('hostCalls') && needs && redact, name)
  }
})

t.test('an answer that is not as declared never reaches a guest', async (t) => {
  t.ok(answerProblem('kv.set', { rev: 0 }))
  t.ok(answerProblem('kv.set', { rev: 1, more: true }))
  t.notOk(answerProblem('kv.set', { rev: 1 }))
  const broken = await openHostApi(t)
  const list = broken.platform.list
  broken.platform.list = async () => ({ ok: true, value: { data: [{ id: 7 }] } }) as unknown as ReturnType<typeof list>
  t.equal(codeOf(await broken.call('platform.list', { resource: 'chantiers' })), 'UNAVAILABLE')
  broken.platform.list = list
  t.equal(codeOf(await broken.call('platform.list', { resource: 'chantiers' })), 'ok')
})
