import t from 'tap'
import { buildApp } from '../marketplace/gateway/build-app.ts'

/** The way of an external program: an account, a key, records in, records out page by page, changes guarded. */
t.test('an external program works with API v1 (S-075, S-076, S-077, S-440…S-444)', async (t) => {
  const app = await buildApp(t)
  t.match((await app.call('GET', '/health')).body, { status: 'ok' })
  const ada = await app.person('ada')
  t.match((await ada.call('GET', '/api/auth/verify')).body, { valid: true })
  const headers = { authorization: `Bearer ${await app.key(ada, ['chantiers:*'])}` }
  const send = (method: string, path: string, body?: unknown, more: Record<string, string> = {}) =>
    app.call(method, path, { headers: { ...headers, ...more }, ...(body === undefined ? {} : { body }) })

  for (let at = 1; at <= 7; at++) {
    const status = at % 2 === 0 ? 'ACTIVE' : 'PLANNED'
    const made = await send('POST', '/api/v1/chantiers', { reference: `S-${at}`, name: `Site ${at}`, status })
    t.equal(made.status, 201)
    t.equal(made.headers.get('location'), `/api/v1/chantiers/${made.text('id')}`)
  }

  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await send('GET', `/api/v1/chantiers?limit=3${cursor === undefined ? '' : `&cursor=${cursor}`}`)
    const body = page.body as { data: { id: string; reference: string }[]; nextCursor?: string }
    seen.push(...body.data.map(({ reference }) => reference))
    cursor = body.nextCursor
  } while (cursor !== undefined)
  t.same(seen.sort(), ['S-1', 'S-2', 'S-3', 'S-4', 'S-5', 'S-6', 'S-7'], 'every record once')

  const active = (await send('GET', '/api/v1/chantiers?status=ACTIVE')).body as { data: { id: string }[] }
  t.equal(active.data.length, 3)
  const path = `/api/v1/chantiers/${active.data[0]?.id}`
  const read = await send('GET', path)
  t.equal(read.headers.get('etag'), '"1"')
  const changed = await send('PATCH', path, { city: 'Lyon' }, { 'if-match': '"1"' })
  t.match(changed.body, { city: 'Lyon', rev: 2 })
  const late = await send('PATCH', path, { city: 'Paris' }, { 'if-match': '"1"' })
  t.match(late.body, { status: 409, code: 'CONFLICT' })
  t.notOk('city' in ((await send('PATCH', path, { city: null })).body as object), 'null takes a field away')
  t.match((await send('PATCH', path, { name: null })).body, { status: 400 }, 'but none that a record needs')
  t.equal((await send('DELETE', path)).status, 204)
  t.equal((await send('GET', path)).status, 404)

  const trail = (await ada.call('GET', '/api/audit?limit=200')).body as { data: { action: string; actor: string }[] }
  const byKey = trail.data.filter(({ actor }) => actor.startsWith('key:')).map(({ action }) => action)
  for (const action of ['platform.create', 'platform.update', 'platform.remove']) t.ok(byKey.includes(action), action)
})
