import t from 'tap'
import { changedPackage } from '../../sdk/package/good-package.ts'
import { buildApp, type Person } from './build-app.ts'
import { decide, upload } from './publish-over-http.ts'

const CATALOG = '/api/marketplace/catalog/acme/site-import'
const EXTENSION = '/api/marketplace/extensions/acme/site-import'
const VISIBILITY = `${EXTENSION}/visibility`

const versionOf = (version: string) =>
  changedPackage({ manifest: (manifest) => void Object.assign(manifest, { version }) })

const found = async (who: { call: Person['call'] }, query = '') => {
  const { body } = await who.call('GET', `/api/marketplace/catalog${query}`)
  return (body as { data: { name: string }[] }).data.map(({ name }) => name)
}

t.test('who sees an extension', async (t) => {
  const app = await buildApp(t)
  const operator = await app.operator()
  const owner = await app.person('acme')
  const stranger = await app.person('stranger')
  t.equal((await owner.call('POST', '/api/marketplace/publishers', { slug: 'acme' })).status, 201)
  const own = `?visibility=organization&organizations=${owner.organizationId}`

  await t.test('its own organization has it at once, nobody else knows of it', async (t) => {
    t.match(await upload(owner, versionOf('1.0.0'), own), { body: { reviewStatus: 'published' } })
    t.match(await owner.call('GET', CATALOG), { status: 200, body: { visibility: 'organization', version: '1.0.0' } })
    t.same(await found(owner), ['site-import'])
    t.match(await owner.call('GET', '/api/marketplace/catalog'), { body: { facets: { kind: { connector: 1 } } } })
    t.match(await owner.call('POST', '/api/marketplace/install/acme/site-import', {}), { status: 409 })
    const bytes = await owner.call('GET', `${CATALOG}/versions/1.0.0/package`)
    t.match(bytes, { status: 200 })
    t.equal(bytes.headers.get('cache-control'), 'private, no-cache')
    for (const who of [stranger, app]) {
      t.same(await found(who), [])
      t.match(await who.call('GET', '/api/marketplace/catalog'), { body: { facets: { kind: {} } } })
      for (const path of ['', '/versions/1.0.0', '/versions/1.0.0/package', '/versions/1.0.0/readme', '/versions'])
        t.equal((await who.call('GET', `${CATALOG}${path}`)).status, 404, path)
    }
    t.equal((await stranger.call('POST', '/api/marketplace/install/acme/site-import', {})).status, 404)
    const named = `?organizations=${stranger.organizationId}`
    t.same(await found(stranger, named).catch(() => []), [], 'nobody names an organization for himself')
  })

  await t.test('what nobody looked at is seen by no other organization before a review', async (t) => {
    const wanted = { kind: 'organization', organizations: [owner.organizationId, stranger.organizationId] }
    const asked = await owner.call('PUT', VISIBILITY, wanted)
    t.match(asked, { status: 200, body: { visibility: { organizations: [owner.organizationId] }, wanted } })
    t.equal((await stranger.call('GET', CATALOG)).status, 404)
    const { data } = (await operator.call('GET', '/api/marketplace/reviews')).body as { data: { id: string }[] }
    t.equal(data.length, 1)
    t.equal((await decide(operator, data[0]?.id ?? '', 'reject')).status, 200)
    t.match(await owner.call('GET', CATALOG), { status: 200, body: { version: '1.0.0' } }, 'it stays in use')
    t.equal((await stranger.call('GET', CATALOG)).status, 404)
    t.match(await owner.call('PUT', VISIBILITY, { kind: 'public' }), { status: 409, body: { code: 'VERSION_STATE' } })
  })

  await t.test('made public, the approved version is there for all, and the others go', async (t) => {
    t.match(await upload(owner, versionOf('1.1.0')), { body: { reviewStatus: 'published' } })
    t.match(await owner.call('PUT', VISIBILITY, { kind: 'public' }), { body: { wanted: { kind: 'public' } } })
    t.equal((await app.call('GET', CATALOG)).status, 404)
    const { data } = (await operator.call('GET', '/api/marketplace/reviews')).body as { data: { id: string }[] }
    t.equal((await decide(operator, data[0]?.id ?? '')).status, 200)
    t.match(await app.call('GET', CATALOG), { status: 200, body: { version: '1.1.0', visibility: undefined } })
    t.same(await found(app), ['site-import'])
    t.match((await app.call('GET', `${CATALOG}/versions`)).body, { data: [{ version: '1.1.0' }] })
    t.equal((await app.call('GET', `${CATALOG}/versions/1.0.0/package`)).status, 404, 'never looked at')
  })

  await t.test('unlisted is in no list and found by its name; only owners decide', async (t) => {
    t.equal((await owner.call('PUT', VISIBILITY, { kind: 'unlisted' })).status, 200)
    t.same(await found(app), [])
    t.match(await app.call('GET', CATALOG), { status: 200, body: { visibility: 'unlisted' } })
    for (const [who, body, status] of [
      [stranger, { kind: 'public' }, 404],
      [owner, { kind: 'secret' }, 400],
      [owner, { kind: 'organization', organizations: [] }, 400],
      [owner, { kind: 'organization', organizations: ['org_nowhere'] }, 400],
    ] as const)
      t.equal((await who.call('PUT', VISIBILITY, body)).status, status, JSON.stringify(body))
    t.equal((await app.call('PUT', VISIBILITY, { body: { kind: 'public' } })).status, 401)
  })
})
