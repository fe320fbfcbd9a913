import t from 'tap'
import { apiKeys } from '../../../marketplace/accounts/accounts-collections.ts'
import { newApiKey } from '../../../marketplace/accounts/api-key-format.ts'
import { buildApp } from './build-app.ts'

const site = { reference: 'S-1', name: 'Tower', status: 'ACTIVE' }

t.test('API keys', async (t) => {
  const app = await buildApp(t)
  const ada = await app.person('ada')
  const bob = await app.person('bob')
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
  const sites = (headers: Record<string, string>) => app.call('GET', '/api/v1/chantiers', { headers })

  t.test('is taken in both headers, never in both at once (S-012, S-051, S-075, S-077)', async (t) => {
    const key = await app.key(ada, ['read:chantiers'])
    t.match(key, /^hbc_[0-9A-Za-z]{49}$/, 'S-050')
    t.equal((await sites(bearer(key))).status, 200)
    t.equal((await sites({ 'x-api-key': key })).status, 200)
    const both = await sites({ ...bearer(key), 'x-api-key': key })
    t.equal(both.status, 400)
    t.match(both.body, { code: 'SEVERAL_CREDENTIALS' })
  })

  // S-029 should_enforce_api_scope_access
  t.test('does what its scopes say and nothing else (S-029)', async (t) => {
    const reader = await app.key(ada, ['chantiers:*', 'read:timesheets'])
    const post = (path: string, body: unknown) => app.call('POST', path, { headers: bearer(reader), body })
    t.equal((await post('/api/v1/chantiers', site)).status, 201)
    t.equal((await app.call('GET', '/api/v1/timesheets', { headers: bearer(reader) })).status, 200)
    const refused = await post('/api/v1/timesheets', { workerId: 'w', day: '2026-01-05', minutes: 60, status: 'DRAFT' })
    t.equal(refused.status, 403)
    t.match(refused.body, { code: 'PERMISSION_DENIED', retryable: false })
  })

  // S-033 should_not_allow_unauthorized_writes
  t.test('cannot write without a write scope, nor without a key (S-033)', async (t) => {
    const key = await app.key(ada, ['read'])
    const made = await ada.call('POST', '/api/v1/chantiers', { ...site, reference: 'S-2' })
    const path = `/api/v1/chantiers/${made.text('id')}`
    for (const headers of [bearer(key), {}]) {
      const expected = 'authorization' in headers ? 403 : 401
      t.equal((await app.call('POST', '/api/v1/chantiers', { headers, body: site })).status, expected)
      t.equal((await app.call('PATCH', path, { headers, body: { name: 'Other' } })).status, expected)
      t.equal((await app.call('DELETE', path, { headers })).status, expected)
    }
    t.match((await ada.call('GET', path)).body, { name: 'Tower', rev: 1 })
  })

  // S-030 should_isolate_client_data
  t.test('sees its own organization only (S-003, S-030)', async (t) => {
    const made = await ada.call('POST', '/api/v1/chantiers', { ...site, reference: 'S-3' })
    const key = await app.key(bob, ['chantiers:*'])
    t.match((await sites(bearer(key))).body, { data: [] })
    const path = `/api/v1/chantiers/${made.text('id')}`
    t.equal((await app.call('GET', path, { headers: bearer(key) })).status, 404)
    t.equal((await app.call('DELETE', path, { headers: bearer(key) })).status, 404)
    const aimed = await sites({ ...bearer(key), 'x-organization': ada.organizationId })
    t.equal(aimed.status, 404, 'a key belongs to one organization')
  })

  t.test('is shown once and kept as a keyed hash (S-058, S-070, S-269)', async (t) => {
    const made = await ada.call('POST', '/api/auth/api-keys', { name: 'once', scopes: ['read:assets'] })
    const key = made.text('key')
    const listed = await ada.call('GET', '/api/auth/api-keys')
    t.match(listed.body, { data: [{ id: made.text('id'), keyPrefix: key.slice(0, 8), status: 'ACTIVE' }] })
    t.notOk(JSON.stringify(listed.body).includes(key))
    const kept = await app.services.store.forOrganization(ada.organizationId)(apiKeys).get(made.text('id'))
    t.notOk(JSON.stringify(kept).includes(key.slice(8)))
    t.equal(kept?.hash.length, 64)
  })

  t.test('a revoked key is refused by the next request (S-055, S-060, S-074)', async (t) => {
    const made = await ada.call('POST', '/api/auth/api-keys', { name: 'short', scopes: ['read:chantiers'] })
    const path = `/api/auth/api-keys/${made.text('id')}`
    t.equal((await sites(bearer(made.text('key')))).status, 200)
    t.equal((await bob.call('DELETE', path)).status, 404, "another's key (S-061)")
    t.equal((await sites(bearer(made.text('key')))).status, 200)
    t.match((await ada.call('DELETE', path)).body, { status: 'REVOKED' })
    t.equal((await sites(bearer(made.text('key')))).status, 401)
    t.match((await ada.call('DELETE', path)).body, { status: 'REVOKED' }, 'again is no fault')
  })

  t.test('leaves a trail of its making, use and end (S-056)', async (t) => {
    const trail = await ada.call('GET', '/api/audit?action=api-key.revoke')
    t.match(trail.body, { data: [{ actor: `user:${ada.userId}`, outcome: 'allowed' }] })
    const { data } = (await ada.call('GET', '/api/auth/api-keys')).body as { data: { lastUsedAt?: string }[] }
    t.ok(data.some(({ lastUsedAt }) => lastUsedAt !== undefined))
  })

  t.test('a made-up key never reaches the store', async (t) => {
    const stranger = newApiKey('hbc')
    t.equal((await sites(bearer(stranger))).status, 401)
    t.equal((await sites(bearer(`${stranger.slice(0, -1)}!`))).status, 401)
  })

  t.test('a key manages no keys and no people (S-072)', async (t) => {
    const key = await app.key(ada, ['read', 'write'])
    for (const [method, path, body] of [
      ['POST', '/api/auth/api-keys', { name: 'child', scopes: ['read'] }],
      ['GET', '/api/auth/api-keys', undefined],
      ['POST', '/api/organizations', { name: 'x' }],
      ['GET', `/api/organizations/${ada.organizationId}/members`, undefined],
      ['GET', '/api/admin/users', undefined],
      ['GET', '/api/audit', undefined],
    ] as const) {
      const answer = await app.call(method, path, { headers: bearer(key), ...(body ? { body } : {}) })
      t.equal(answer.status, 403, path)
      t.match(answer.body, { code: 'SESSION_REQUIRED' })
    }
  })

  t.test('ten per person, even when asked for at once (S-079)', async (t) => {
    const max = await app.person('max')
    const make = () => max.call('POST', '/api/auth/api-keys', { name: 'many', scopes: ['read:assets'] })
    const statuses = (await Promise.all(Array.from({ length: 13 }, make))).map(({ status }) => status).sort()
    t.same(statuses, [...Array(10).fill(201), 409, 409, 409])
    t.match((await make()).body, { code: 'KEY_LIMIT_REACHED' })
  })

  t.test('unknown scopes and publishers of others are refused', async (t) => {
    const make = (scopes: string[]) => bob.call('POST', '/api/auth/api-keys', { name: 'x', scopes })
    t.match((await make(['read:secrets', 'read'])).body, {
      status: 400,
      code: 'UNKNOWN_SCOPE',
      details: { unknown: ['read:secrets'] },
    })
    t.match((await make(['Read:assets'])).body, { status: 400, code: 'UNKNOWN_SCOPE' })
    t.match((await make(['publish:acme'])).body, { status: 403, code: 'PERMISSION_DENIED' })
  })

  t.test(
    'a thousand requests an hour unless told otherwise, and every answer says how many are left (S-037, S-057)',
    async (t) => {
      const key = await app.key(ada, ['read:chantiers'], { requestsPerHour: 3 })
      const answers = []
      for (let at = 0; at < 5; at++) answers.push(await sites(bearer(key)))
      t.same(
        answers.map(({ status }) => status),
        [200, 200, 200, 429, 429],
      )
      t.same(
        answers.map(({ headers }) => headers.get('ratelimit-remaining')),
        ['2', '1', '0', '0', '0'],
      )
      t.equal(answers[0]?.headers.get('ratelimit-limit'), '3')
      t.ok(Number(answers[3]?.headers.get('retry-after')) > 0)
      app.clock.ahead += 3_600_000
      t.equal((await sites(bearer(key))).status, 200)
      const usual = await app.key(bob, ['read:chantiers'])
      t.equal((await sites(bearer(usual))).headers.get('ratelimit-limit'), '1000')
    },
  )

  t.test('expires after 90 days unless told otherwise (S-054, S-067, S-068)', async (t) => {
    const eve = await app.person('eve')
    const key = await app.key(eve, ['read:chantiers'])
    const statusAfter = async (days: number) => {
      app.clock.ahead += days * 24 * 3_600_000
      const { accessToken } = (
        await app.call('POST', '/api/auth/login', {
          body: { email: eve.email, password: eve.password },
        })
      ).body as { accessToken: string }
      return (await app.call('GET', '/api/auth/api-keys', { headers: bearer(accessToken) })).body
    }
    t.match(await statusAfter(82), { data: [{ status: 'ACTIVE' }] })
    t.match(await statusAfter(2), { data: [{ status: 'EXPIRES_SOON' }] })
    t.equal((await sites(bearer(key))).status, 200)
    t.match(await statusAfter(7), { data: [{ status: 'EXPIRED' }] })
    t.equal((await sites(bearer(key))).status, 401)
  })
})
