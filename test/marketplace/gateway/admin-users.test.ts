import t from 'tap'
import { buildApp } from './build-app.ts'

t.test('platform roles', async (t) => {
  const app = await buildApp(t)
  const operator = await app.operator()
  const ada = await app.person('ada')
  const roles = (person: typeof ada, id: string, platformRoles: string[]) =>
    person.call('PUT', `/api/admin/users/${id}/roles`, { platformRoles })

  t.test('are given by operators, in force with the next request (S-408)', async (t) => {
    t.equal((await roles(ada, ada.userId, ['operator'])).status, 403)
    t.match((await roles(operator, ada.userId, ['reviewer', 'reviewer'])).body, { platformRoles: ['reviewer'] })
    t.match((await ada.call('GET', '/api/auth/verify')).body, { user: { platformRoles: ['reviewer'] } })
    t.equal((await ada.call('GET', '/api/admin/users')).status, 403, 'a reviewer is no operator')
    t.equal((await roles(operator, 'usr_nobody', ['reviewer'])).status, 404)
    t.equal((await roles(operator, ada.userId, ['king'])).status, 400)
  })

  t.test('a key never carries them', async (t) => {
    const headers = { 'x-api-key': await app.key(operator, ['read']) }
    t.match((await app.call('GET', '/api/auth/verify', { headers })).body, { user: { platformRoles: [] } })
    t.equal((await app.call('GET', '/api/admin/users', { headers })).status, 403)
  })

  t.test('operators see all accounts, page by page', async (t) => {
    const first = await operator.call('GET', '/api/admin/users?limit=1')
    t.match(first.body, { data: [{ email: ada.email }], nextCursor: String })
    const second = await operator.call('GET', `/api/admin/users?limit=1&cursor=${first.text('nextCursor')}`)
    t.match(second.body, { data: [{ email: operator.email }] })
    t.notMatch(JSON.stringify([first.body, second.body]), /argon2/)
  })

  t.test('there is one first operator', async (t) => {
    t.equal(await app.services.accounts.createFirstOperator('second@annex.example'), undefined)
  })
})
