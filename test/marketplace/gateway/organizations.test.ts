import t from 'tap'
import { buildApp, type Person } from './build-app.ts'

t.test('organizations', async (t) => {
  const app = await buildApp(t)
  const ada = await app.person('ada')
  const home = `/api/organizations/${ada.organizationId}`

  async function invited(name: string, role: string): Promise<Person> {
    const body = { email: `${name}@${name}.example`, role }
    const invitation = await ada.call('POST', `${home}/invitations`, body)
    return app.person(name, { invitation: invitation.text('token') })
  }

  t.test('who registers by invitation joins, and founds nothing', async (t) => {
    const bob = await invited('bob', 'member')
    t.equal(bob.organizationId, ada.organizationId)
    t.match((await bob.call('GET', '/api/organizations')).body, { data: [{ id: ada.organizationId, role: 'member' }] })
    t.match((await ada.call('GET', `${home}/members`)).body, { data: [{ role: 'owner' }, { role: 'member' }] })
  })

  t.test('an invitation is for one address, once', async (t) => {
    const made = await ada.call('POST', `${home}/invitations`, { email: 'cat@cat.example', role: 'member' })
    const invitation = made.text('token')
    const register = (email: string) =>
      app.call('POST', '/api/auth/register', { body: { email, password: 'long enough for all', invitation } })
    t.match((await register('dog@dog.example')).body, { status: 400, code: 'INVITATION_INVALID' })
    t.equal((await register('cat@cat.example')).status, 201)
    const twice = await app.call('POST', '/api/auth/login', {
      body: { email: 'dog@dog.example', password: 'long enough for all' },
    })
    t.equal(twice.status, 401, 'the refused one left no account')
    t.match((await register('cat@cat.example')).body, { code: 'INVITATION_INVALID' })
  })

  t.test('an invitation ends with the right of who made it', async (t) => {
    const gus = await invited('gus', 'admin')
    const made = await gus.call('POST', `${home}/invitations`, { email: 'gus@two.example', role: 'admin' })
    t.equal((await ada.call('PATCH', `${home}/members/${gus.userId}`, { role: 'member' })).status, 200)
    const body = { email: 'gus@two.example', password: 'long enough for all', invitation: made.text('token') }
    t.match((await app.call('POST', '/api/auth/register', { body })).body, { code: 'INVITATION_INVALID' })
    t.equal((await ada.call('DELETE', `${home}/members/${gus.userId}`)).status, 204)
  })

  t.test('a member reads, and writes what members write; admins do the rest', async (t) => {
    const eve = await invited('eve', 'member')
    const site = { reference: 'S-1', name: 'Tower', status: 'ACTIVE' }
    t.equal((await eve.call('GET', '/api/v1/chantiers')).status, 200)
    t.equal((await eve.call('POST', '/api/v1/chantiers', site)).status, 403)
    const hours = { workerId: 'w', day: '2026-01-05', minutes: 60, status: 'DRAFT' }
    t.equal((await eve.call('POST', '/api/v1/timesheets', hours)).status, 201)
    t.equal((await eve.call('POST', `${home}/invitations`, { email: 'x@x.example', role: 'member' })).status, 403)
    t.equal((await eve.call('PATCH', `${home}/members/${eve.userId}`, { role: 'admin' })).status, 403)
    t.equal((await eve.call('DELETE', `${home}/members/${ada.userId}`)).status, 403)
    const beyond = await eve.call('POST', '/api/auth/api-keys', { name: 'x', scopes: ['write:chantiers'] })
    t.match(beyond.body, { status: 403, details: { missing: ['write:chantiers'] } })
  })

  t.test('an admin touches no owner and makes none', async (t) => {
    const kim = await invited('kim', 'admin')
    t.equal((await kim.call('PATCH', `${home}/members/${ada.userId}`, { role: 'member' })).status, 403)
    t.equal((await kim.call('PATCH', `${home}/members/${kim.userId}`, { role: 'owner' })).status, 403)
    t.equal((await kim.call('POST', `${home}/invitations`, { email: 'x@x.example', role: 'owner' })).status, 403)
  })

  t.test('the last owner stays', async (t) => {
    t.match((await ada.call('DELETE', `${home}/members/${ada.userId}`)).body, { status: 409, code: 'LAST_OWNER' })
    const demoted = await ada.call('PATCH', `${home}/members/${ada.userId}`, { role: 'admin' })
    t.match(demoted.body, { status: 409, code: 'LAST_OWNER' })
  })

  t.test('of two owners who leave at once, one stays', async (t) => {
    const pat = await invited('pat', 'owner')
    const leave = (person: Person) => person.call('DELETE', `${home}/members/${person.userId}`)
    const answers = await Promise.all([leave(ada), leave(pat)])
    t.same(answers.map(({ status }) => status).sort(), [204, 409])
    const stays = answers[0]?.status === 409 ? ada : pat
    t.match((await stays.call('GET', home)).body, { role: 'owner' })
  })

  t.test('who is out is out: session and key stop at once', async (t) => {
    const boss = await app.person('boss')
    const path = `/api/organizations/${boss.organizationId}`
    const token = (await boss.call('POST', `${path}/invitations`, { email: 'leo@leo.example', role: 'admin' })).text(
      'token',
    )
    const leo = await app.person('leo')
    t.match((await leo.call('POST', '/api/organizations/invitations/accept', { token })).body, {
      id: boss.organizationId,
    })
    const unclear = await leo.call('GET', '/api/v1/chantiers')
    t.match(unclear.body, { status: 400, code: 'ORGANIZATION_REQUIRED' }, 'which of the two?')
    const chosen = { 'x-organization': boss.organizationId }
    const key = (await leo.call('POST', '/api/auth/api-keys', { name: 'k', scopes: ['read'] }, chosen)).text('key')
    const asKey = () => app.call('GET', '/api/v1/chantiers', { headers: { 'x-api-key': key } })
    t.equal((await leo.call('GET', '/api/v1/chantiers', undefined, chosen)).status, 200)
    t.equal((await asKey()).status, 200)
    t.equal((await boss.call('DELETE', `${path}/members/${leo.userId}`)).status, 204)
    t.equal((await leo.call('GET', '/api/v1/chantiers', undefined, chosen)).status, 404)
    t.equal((await asKey()).status, 401)
    t.equal((await leo.call('GET', '/api/v1/chantiers')).status, 200, 'the own one is the only one again')
  })

  t.test('a key shrinks with the role of its user', async (t) => {
    const boss = await app.person('chief')
    const path = `/api/organizations/${boss.organizationId}`
    const token = (await boss.call('POST', `${path}/invitations`, { email: 'may@may.example', role: 'admin' })).text(
      'token',
    )
    const may = await app.person('may', { invitation: token })
    const key = await app.key(may, ['chantiers:*'])
    const post = (reference: string) =>
      app.call('POST', '/api/v1/chantiers', {
        headers: { 'x-api-key': key },
        body: { reference, name: 'Tower', status: 'ACTIVE' },
      })
    t.equal((await post('S-1')).status, 201)
    t.equal((await boss.call('PATCH', `${path}/members/${may.userId}`, { role: 'member' })).status, 200)
    t.equal((await post('S-2')).status, 403)
  })
})
