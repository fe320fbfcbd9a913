import t from 'tap'
import { integrations } from '../../../runtime/sync/integration.ts'
import { buildApp, type Person } from './build-app.ts'

const site = { reference: 'S-1', name: 'Tower', status: 'ACTIVE', city: 'Lyon', client: 'A client', budget: '1000' }

t.test('API keys with limits', async (t) => {
  const app = await buildApp(t)
  const ada = await app.person('ada')
  const make = (scopes: unknown[], who: Person = ada) => who.call('POST', '/api/auth/api-keys', { name: 'k', scopes })
  const made: string[] = []
  for (const [at, city] of ['Lyon', 'Paris', 'Lyon', 'Paris', 'Lyon'].entries())
    made.push((await ada.call('POST', '/api/v1/chantiers', { ...site, reference: `S-${at}`, city })).text('id'))
  /** Requests with a key that holds `scopes`; it is revoked before the next one is made. */
  const withKey = async (scopes: unknown[]) => {
    const key = await make(scopes)
    if (key.status !== 201) throw new Error(JSON.stringify(key.body))
    const headers = { 'x-api-key': key.text('key') }
    return {
      get: (path: string) => app.call('GET', path, { headers }),
      send: (method: string, path: string, body?: unknown) =>
        app.call(method, path, { headers, ...(body === undefined ? {} : { body }) }),
      end: () => ada.call('DELETE', `/api/auth/api-keys/${key.text('id')}`),
    }
  }
  const path = `/api/v1/chantiers/${made[0]}`

  t.test('shows the columns that it may read and no other', async (t) => {
    const { get, end } = await withKey([{ scope: 'read:chantiers', columns: ['name', 'city'] }])
    const one = await get(path)
    t.equal(one.status, 200, JSON.stringify(one.body))
    t.same(Object.keys(one.body as object).sort(), ['city', 'createdAt', 'id', 'name', 'rev', 'updatedAt'])
    const page = await get('/api/v1/chantiers')
    t.equal(page.status, 200)
    t.notMatch(JSON.stringify(page.body), /A client|1000|S-1|ACTIVE/)
    t.equal((await get('/api/v1/chantiers?city=Lyon')).status, 200)
    t.match((await get('/api/v1/chantiers?status=ACTIVE')).body, {
      status: 403,
      code: 'PERMISSION_DENIED',
      details: { rule: 'column-not-granted' },
    })
    await end()
  })

  t.test('sets the columns that it may write and no other', async (t) => {
    const { send, end } = await withKey([{ scope: 'chantiers:*', columns: ['name'] }])
    const changed = await send('PATCH', path, { name: 'New' })
    t.equal(changed.status, 200, JSON.stringify(changed.body))
    t.match(changed.body, { name: 'New', rev: 2 })
    t.notOk('client' in (changed.body as object))
    for (const body of [{ client: 'x' }, { client: null }, { name: 'x', budget: '1' }])
      t.equal((await send('PATCH', path, body)).status, 403, JSON.stringify(body))
    t.equal((await send('POST', '/api/v1/chantiers', site)).status, 403)
    t.equal((await send('DELETE', path)).status, 403)
    t.match((await ada.call('GET', path)).body, { name: 'New', client: 'A client', rev: 2 })
    await end()
  })

  t.test('who may write but not read is answered with what it sent', async (t) => {
    const { send, get, end } = await withKey(['write:chantiers'])
    t.equal((await get(path)).status, 403)
    const changed = await send('PATCH', path, { city: 'Lyon' })
    t.equal(changed.status, 200, JSON.stringify(changed.body))
    t.same(Object.keys(changed.body as object).sort(), ['city', 'createdAt', 'id', 'rev', 'updatedAt'])
    await end()
  })

  t.test('meets its own rows only, and pages of its own length', async (t) => {
    const conditions = [{ field: 'city', op: 'eq', value: 'Lyon' }]
    const { get, send, end } = await withKey([{ scope: 'chantiers:*', conditions, maxRows: 2 }])
    const seen: string[] = []
    let next = ''
    do {
      const { data, nextCursor } = (await get(`/api/v1/chantiers?limit=50${next}`)).body as {
        data: { id: string; city: string }[]
        nextCursor?: string
      }
      t.ok(data.length <= 2 && data.every(({ city }) => city === 'Lyon'))
      seen.push(...data.map(({ id }) => id))
      next = nextCursor === undefined ? '' : `&cursor=${nextCursor}`
    } while (next !== '')
    t.same(seen.sort(), [made[0], made[2], made[4]].sort())
    t.equal((await get(`/api/v1/chantiers/${made[1]}`)).status, 404)
    t.equal((await send('PATCH', path, { city: 'Paris' })).status, 403, 'gives none away')
    t.equal((await send('PATCH', `/api/v1/chantiers/${made[1]}`, { city: 'Lyon' })).status, 404, 'and takes none over')
    t.equal((await send('POST', '/api/v1/chantiers', { ...site, city: 'Paris' })).status, 403)
    await end()
  })

  t.test('works in its hours', async (t) => {
    const hour = new Date(app.clock.now()).getUTCHours()
    const two = (at: number) => `${String(at % 24).padStart(2, '0')}:00`
    const hours = { from: two(hour + 2), to: two(hour + 3), timezone: 'UTC' }
    const { get, end } = await withKey([{ scope: 'read:chantiers', hours }])
    t.match((await get(path)).body, { status: 403, details: { rule: 'outside-hours' } })
    app.clock.ahead += 2 * 3_600_000
    t.equal((await get(path)).status, 200)
    app.clock.ahead += 3_600_000
    t.equal((await get(path)).status, 403)
    app.clock.ahead -= 3 * 3_600_000
    await end()
  })

  t.test('is shown with its limits, and without limits as text', async (t) => {
    const limited = { scope: 'read:timesheets', columns: ['day'], maxRows: 5 }
    const key = await make(['chantiers:*', limited])
    const expected = [limited, 'read:chantiers', 'write:chantiers']
    const shown = (body: unknown) => (body as { scopes: unknown[] }).scopes
    t.same(new Set(shown(key.body)), new Set(expected))
    const { data } = (await ada.call('GET', '/api/auth/api-keys')).body as { data: { id: string }[] }
    t.same(shown(data.find(({ id }) => id === key.text('id'))), shown(key.body))
    const again = await make(shown(key.body))
    t.same(shown(again.body), shown(key.body), 'what is shown can be sent again')
    t.match((await ada.call('GET', '/api/audit?action=api-key.create&limit=1')).body, {
      data: [{ details: { scopes: shown(key.body) } }],
    })
    for (const { id } of data) await ada.call('DELETE', `/api/auth/api-keys/${id}`)
    await ada.call('DELETE', `/api/auth/api-keys/${again.text('id')}`)
  })

  t.test('meets no integration, whose logs and syncs would reach past its limits', async (t) => {
    const { services } = app
    const at = services.clock.iso()
    const binding = { direction: 'INBOUND', resource: 'chantiers', fieldMappings: [] }
    await services.store
      .forOrganization(ada.organizationId)(integrations)
      .insert({
        ...{ _id: services.ids('int'), slug: 'erp', name: 'ERP', type: 'ERP', connectorId: 'ins_gone', config: '{}' },
        ...{ streams: JSON.stringify({ sites: binding }), syncSettings: { frequency: 'ON_DEMAND' }, tags: [] },
        ...{ status: 'ACTIVE', healthStatus: 'UNKNOWN', createdBy: 'test', createdAt: at, updatedAt: at },
      })
    const plain = await withKey(['chantiers:*'])
    t.match((await plain.get('/api/integrations')).body, { data: [{ slug: 'erp' }] }, 'control')
    await plain.end()
    const columns = ['reference', 'name', 'status']
    for (const limits of [{ maxRows: 1000 }, { columns }, { hours: { from: '00:00', to: '24:00', timezone: 'UTC' } }]) {
      const { get, send, end } = await withKey([{ scope: 'chantiers:*', ...limits }])
      t.match((await get('/api/integrations')).body, { data: [] })
      t.equal((await get('/api/integrations/erp/quarantine')).status, 403)
      t.equal((await send('POST', '/api/integrations/erp/sync')).status, 403)
      await end()
    }
  })

  t.test('limits that mean nothing are refused, with their place', async (t) => {
    const cases: [unknown, RegExp][] = [
      [{ scope: 'read:chantiers', columns: [] }, /scopes/],
      [
        { scope: 'read:chantiers', columns: ['colour'] },
        /^\/scopes\/0\/columns\/0: colour is not a field of chantiers$/,
      ],
      [{ scope: 'read:chantiers', columns: ['name', 'name'] }, /scopes/],
      [{ scope: 'read:chantiers', columns: Array(65).fill('name') }, /scopes/],
      [{ scope: 'read:chantiers', maxRows: 0 }, /scopes/],
      [{ scope: 'read:chantiers', maxRows: 1001 }, /scopes/],
      [{ scope: 'read:chantiers', rate: 5 }, /scopes/],
      [{ scope: 'read:chantiers', narrowed: [] }, /scopes/],
      [{ scope: 'read:chantiers', conditions: [{ field: 'colour', op: 'eq', value: 'x' }] }, /conditions\/0\/field/],
      [{ scope: 'read:chantiers', conditions: [{ field: 'city', op: 'in', value: 'x' }] }, /takes a list/],
      [{ scope: 'read:chantiers', conditions: [{ field: 'city', op: 'like', value: 'x' }] }, /scopes/],
      [{ scope: 'read:chantiers', conditions: [{ field: 'city', op: 'eq', value: { $gt: '' } }] }, /scopes/],
      [{ scope: 'read:chantiers', hours: { from: '9:00', to: '17:00', timezone: 'UTC' } }, /scopes/],
      [{ scope: 'read:chantiers', hours: { from: '09:00', to: '09:00', timezone: 'UTC' } }, /end when they begin/],
      [
        { scope: 'read:chantiers', hours: { from: '09:00', to: '17:00', timezone: 'Mars/Base' } },
        /no timezone Mars\/Base/,
      ],
      [{ scope: 'read:chantiers', hours: { from: '09:00', to: '17:00', timezone: '../x' } }, /scopes/],
      [{ scope: 'publish:acme', maxRows: 5 }, /not a scope: publish:acme/],
    ]
    for (const [scope, message] of cases)
      t.match((await make([scope])).body, { status: 400, detail: message }, JSON.stringify(scope).slice(0, 100))
    const twice = [{ scope: 'read:chantiers', maxRows: 5 }, 'chantiers:*']
    t.match((await make(twice)).body, { status: 400, detail: /read:chantiers stands here twice, with limits/ })
  })

  t.test('holds no more than its maker, whatever its limits', async (t) => {
    const home = `/api/organizations/${ada.organizationId}`
    const token = (await ada.call('POST', `${home}/invitations`, { email: 'bob@bob.example', role: 'member' })).text(
      'token',
    )
    const bob = await app.person('bob', { invitation: token })
    const beyond = await make([{ scope: 'write:chantiers', maxRows: 1 }], bob)
    t.match(beyond.body, { status: 403, details: { missing: ['write:chantiers'] } })
  })
})
