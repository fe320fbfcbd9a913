import t from 'tap'
import { buildApp } from './build-app.ts'

t.test('sessions', async (t) => {
  const app = await buildApp(t)
  const ada = await app.person('ada')
  const login = (password: string, email = ada.email) =>
    app.call('POST', '/api/auth/login', { body: { email, password } })
  const refresh = (refreshToken: string) => app.call('POST', '/api/auth/refresh', { body: { refreshToken } })
  const me = (token: string) => app.call('GET', '/api/auth/me', { headers: { authorization: `Bearer ${token}` } })

  t.test('an address is taken once, in whatever case (S-396)', async (t) => {
    const again = await app.call('POST', '/api/auth/register', {
      body: { email: 'ADA@ada.example', password: 'another password' },
    })
    t.equal(again.status, 409)
    t.match(again.body, { code: 'EMAIL_TAKEN', retryable: false })
  })

  t.test('tells who the token is (S-391, S-394, S-399, S-402)', async (t) => {
    const verified = await ada.call('GET', '/api/auth/verify')
    t.equal(verified.status, 200)
    t.match(verified.body, { success: true, valid: true, user: { id: ada.userId, email: ada.email } })
    const mine = await ada.call('GET', '/api/auth/me')
    t.match(mine.body, { user: { id: ada.userId }, organizations: [{ id: ada.organizationId, role: 'owner' }] })
    t.notMatch(JSON.stringify(mine.body), /argon2|password/i)
  })

  t.test('an invalid token is a problem and the old answer at once (S-395)', async (t) => {
    for (const headers of [{}, { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }, { authorization: 'Basic YTpi' }]) {
      const answer = await app.call('GET', '/api/auth/verify', { headers })
      t.equal(answer.status, 401)
      t.match(answer.headers.get('content-type'), /^application\/problem\+json/)
      t.match(answer.body, { success: false, valid: false, error: String, code: 'UNAUTHENTICATED', status: 401 })
      t.match(answer.headers.get('www-authenticate'), /^Bearer/)
    }
  })

  t.test('login does not tell an unknown account from a wrong password (S-397)', async (t) => {
    t.equal((await login(ada.password)).status, 200)
    const wrong = await login('not the password of ada')
    const unknown = await login('not the password of ada', 'nobody@nowhere.example')
    t.equal(wrong.status, 401)
    t.equal(unknown.status, 401)
    const told = ({ body }: { body: unknown }) => ({ ...(body as object), timestamp: '', requestId: '' })
    t.same(told(wrong), told(unknown))
  })

  t.test('a refresh token works once; its reuse ends the session (S-398, S-429)', async (t) => {
    const first = await login(ada.password)
    const second = await refresh(first.text('refreshToken'))
    t.equal(second.status, 200)
    t.not(second.text('refreshToken'), first.text('refreshToken'))
    t.equal((await me(second.text('accessToken'))).status, 200)
    t.equal((await refresh(first.text('refreshToken'))).status, 401, 'the old one')
    t.equal((await refresh(second.text('refreshToken'))).status, 401, 'the new one is gone with the session')
    t.equal((await me(second.text('accessToken'))).status, 401)
    t.equal((await me(first.text('accessToken'))).status, 401)
    t.equal((await me(ada.accessToken)).status, 200, 'other sessions go on')
  })

  t.test('two refreshes at once leave one thief', async (t) => {
    const { refreshToken } = (await login(ada.password)).body as { refreshToken: string }
    const statuses = (await Promise.all([refresh(refreshToken), refresh(refreshToken)])).map(({ status }) => status)
    t.same(statuses.sort(), [200, 401])
  })

  t.test('logout bites on the next request (S-403, S-430)', async (t) => {
    const session = await login(ada.password)
    const headers = { authorization: `Bearer ${session.text('accessToken')}` }
    t.equal((await app.call('POST', '/api/auth/logout', { headers })).status, 204)
    t.equal((await me(session.text('accessToken'))).status, 401)
    t.equal((await refresh(session.text('refreshToken'))).status, 401)
  })

  t.test('an access token ends after 24 hours, its session goes on by refresh (S-428)', async (t) => {
    const session = await login(ada.password)
    app.clock.ahead += 24 * 3_600_000 + 1000
    t.equal((await me(session.text('accessToken'))).status, 401)
    t.equal((await refresh(session.text('refreshToken'))).status, 200)
  })

  t.test('ten failures close the door for a quarter of an hour (S-427)', async (t) => {
    const eve = await app.person('eve')
    const statuses = await Promise.all(Array.from({ length: 12 }, () => login('not the password', eve.email)))
    t.same(statuses.map(({ status }) => status).sort(), [...Array(10).fill(401), 429, 429], 'even all at once')
    const refused = await login(eve.password, eve.email)
    t.equal(refused.status, 429, 'the right password comes too late')
    t.match(refused.body, { code: 'RATE_LIMIT_EXCEEDED', retryable: true })
    t.ok(Number(refused.headers.get('retry-after')) > 800)
    t.equal((await login(ada.password)).status, 200, 'others are not concerned')
    app.clock.ahead += 15 * 60_000 + 1000
    t.equal((await login(eve.password, eve.email)).status, 200)
  })
})
