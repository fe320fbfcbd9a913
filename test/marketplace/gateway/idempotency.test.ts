import t from 'tap'
import { keptAnswers } from '../../../marketplace/traffic/kept-answers.ts'
import { buildApp } from './build-app.ts'

const site = { reference: 'S-1', name: 'Tower', status: 'ACTIVE' }

t.test('Idempotency-Key', async (t) => {
  const app = await buildApp(t)
  const ada = await app.person('ada')
  const bob = await app.person('bob')
  const post = (person: typeof ada, key: string, body: unknown) =>
    person.call('POST', '/api/v1/chantiers', body, { 'idempotency-key': key })
  const count = async () => ((await ada.call('GET', '/api/v1/chantiers')).body as { data: unknown[] }).data.length

  t.test('a repetition gets the first answer and has no effect', async (t) => {
    const first = await post(ada, 'one', site)
    t.equal(first.status, 201)
    t.equal(first.headers.get('idempotency-replayed'), null)
    const again = await post(ada, 'one', { status: 'ACTIVE', name: 'Tower', reference: 'S-1' })
    t.equal(again.status, 201)
    t.same(again.body, first.body, 'the order of the fields is no matter')
    t.equal(again.headers.get('idempotency-replayed'), 'true')
    t.equal(again.headers.get('location'), first.headers.get('location'))
    t.equal(await count(), 1)
  })

  t.test('another body under the same key is refused', async (t) => {
    const other = await post(ada, 'one', { ...site, name: 'Bridge' })
    t.equal(other.status, 422)
    t.match(other.body, { code: 'IDEMPOTENCY_MISMATCH', retryable: false })
  })

  t.test('keys of others and of other routes are other keys', async (t) => {
    t.equal((await post(bob, 'one', { ...site, name: 'Bridge' })).status, 201)
    const hours = { workerId: 'w', day: '2026-01-05', minutes: 60, status: 'DRAFT' }
    const other = await ada.call('POST', '/api/v1/timesheets', hours, { 'idempotency-key': 'one' })
    t.equal(other.status, 201)
  })

  t.test('of many at once one runs', async (t) => {
    const before = await count()
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(ada, 'many', { ...site, reference: 'S-9' })))
    t.equal(await count(), before + 1)
    for (const { status, body } of answers)
      t.ok(status === 201 || (body as { code: string }).code === 'IDEMPOTENCY_IN_PROGRESS')
    t.ok(answers.some(({ status }) => status === 201))
  })

  t.test('refusals that pass are not kept, those that stay are', async (t) => {
    const key = await app.key(ada, ['read:chantiers'])
    const body = { name: 'k', scopes: ['read:nothing'] }
    const ask = () => ada.call('POST', '/api/auth/api-keys', body, { 'idempotency-key': 'kept' })
    t.equal((await ask()).status, 400)
    t.equal((await ask()).headers.get('idempotency-replayed'), 'true')
    const asKey = () =>
      app.call('POST', '/api/v1/chantiers', { headers: { 'x-api-key': key, 'idempotency-key': 'passing' }, body: site })
    t.equal((await asKey()).status, 403)
    t.equal((await asKey()).headers.get('idempotency-replayed'), null)
  })

  t.test('a secret that is shown once lies sealed in the kept answer', async (t) => {
    const made = await ada.call(
      'POST',
      '/api/auth/api-keys',
      { name: 'k', scopes: ['read'] },
      { 'idempotency-key': 'k' },
    )
    const again = await ada.call(
      'POST',
      '/api/auth/api-keys',
      { name: 'k', scopes: ['read'] },
      { 'idempotency-key': 'k' },
    )
    t.equal(again.text('key'), made.text('key'))
    const rows = await app.services.store
      .asSystem('the test looks at what lies there')(keptAnswers)
      .find({ where: { expiresAt: { $gt: '' } }, limit: 1000 })
    t.ok(rows.data.length > 3)
    t.notOk(JSON.stringify(rows.data).includes(made.text('key').slice(8)))
    t.notOk(JSON.stringify(rows.data).includes('Tower'))
  })

  t.test('a request that was cut off is not run again', async (t) => {
    const documents = app.services.store.asSystem('the test cuts a request off')(keptAnswers)
    const before = await count()
    t.equal((await post(ada, 'cut', { ...site, reference: 'S-7' })).status, 201)
    const [row] = (await documents.find({ where: { expiresAt: { $gt: '' } }, sort: [['expiresAt', 'desc']], limit: 1 }))
      .data
    if (!row) throw new Error('no answer was kept')
    await documents.patch(row._id, { set: { state: 'RUNNING' }, unset: ['sealed'] })
    const soon = await post(ada, 'cut', { ...site, reference: 'S-7' })
    t.match(soon.body, { status: 409, code: 'IDEMPOTENCY_IN_PROGRESS', retryable: true })
    app.clock.ahead += 3 * 60_000
    for (let i = 0; i < 2; i++) {
      const late = await post(ada, 'cut', { ...site, reference: 'S-7' })
      t.match(late.body, { status: 409, code: 'IDEMPOTENCY_UNKNOWN', retryable: false, detail: /new key/ })
    }
    t.equal(await count(), before + 1)
    t.equal((await post(ada, 'cut', { ...site, reference: 'S-8' })).status, 422)
  })

  t.test('is forgotten after 24 hours', async (t) => {
    const eve = { email: 'eve@eve.example', password: 'the password of eve' }
    const register = () => app.call('POST', '/api/auth/register', { body: eve, headers: { 'idempotency-key': 'r' } })
    t.equal((await register()).status, 201)
    t.equal((await register()).status, 201)
    app.clock.ahead += 24 * 3_600_000 + 1000
    t.match((await register()).body, { code: 'EMAIL_TAKEN' })
  })

  t.test('is 1 to 255 visible characters', async (t) => {
    const fresh = await app.person('fresh')
    t.equal((await post(fresh, 'x'.repeat(255), site)).status, 201)
    for (const key of ['x'.repeat(256), 'a b']) t.match((await post(fresh, key, site)).body, { status: 400 })
  })
})
