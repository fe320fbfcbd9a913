import t from 'tap'
import { changedPackage } from '../../sdk/package/good-package.ts'
import { buildApp, type Person } from './build-app.ts'
import { publish } from './publish-over-http.ts'

const CATALOG = '/api/marketplace/catalog/acme/site-import'
const EXTENSION = '/api/marketplace/extensions/acme/site-import'
const versionOf = (version: string) =>
  changedPackage({ manifest: (manifest) => void Object.assign(manifest, { version }) })

const found = async (who: { call: Person['call'] }) => {
  const { body } = await who.call('GET', '/api/marketplace/catalog')
  return (body as { data: { name: string }[] }).data.map(({ name }) => name)
}

t.test('the life of a version', async (t) => {
  const app = await buildApp(t)
  const operator = await app.operator()
  const owner = await app.person('acme')
  const stranger = await app.person('stranger')
  const moderator = await app.person('moderator')
  await operator.call('PUT', `/api/admin/users/${moderator.userId}/roles`, { platformRoles: ['moderator'] })
  t.equal((await owner.call('POST', '/api/marketplace/publishers', { slug: 'acme' })).status, 201)
  for (const version of ['1.0.0', '1.1.0', '2.0.0-beta.1']) await publish(owner, operator, versionOf(version))
  const act = (who: Person, version: string, what: string, body?: unknown) =>
    who.call('POST', `${EXTENSION}/versions/${version}/${what}`, body)
  const reason = 'it loses data'

  await t.test('a deprecation is told, and can be taken back', async (t) => {
    const message = 'take the other one'
    const deprecated = await act(owner, '1.1.0', 'deprecate', { message, replacement: '@acme/better' })
    t.match(deprecated, { status: 200, body: { state: 'deprecated', channels: { latest: '1.1.0' } } })
    const deprecation = { message, replacement: '@acme/better' }
    t.match((await app.call('GET', CATALOG)).body, { deprecation })
    t.match((await app.call('GET', '/api/marketplace/catalog')).body, { data: [{ deprecation }] })
    t.match(await act(owner, '1.1.0', 'undeprecate'), { body: { state: 'published' } })
    t.notMatch(await app.call('GET', CATALOG), { body: { deprecation } })
  })

  await t.test('what is yanked resolves no more, and the channel moves', async (t) => {
    t.match(await act(owner, '1.1.0', 'yank', { reason }), { body: { state: 'yanked', channels: { latest: '1.0.0' } } })
    t.match(await act(owner, '1.1.0', 'yank', { reason }), { status: 200 }, 'the same again is the same')
    t.match((await app.call('GET', CATALOG)).body, { version: '1.0.0', channels: { latest: '1.0.0' } })
    t.match(await app.call('GET', `${CATALOG}/versions/1.1.0/package`), { status: 200 })
    const pinned = await stranger.call('POST', '/api/marketplace/install/acme/site-import', { version: '1.1.0' })
    t.equal(pinned.status, 404)
    const beta = await act(owner, '2.0.0-beta.1', 'yank', { reason })
    t.same((beta.body as { channels: unknown }).channels, { latest: '1.0.0' }, 'a channel without a version goes')
    t.match(await act(owner, '1.1.0', 'unyank'), { body: { state: 'published' } })
  })

  await t.test('only moderators remove, and with that it is killed', async (t) => {
    t.equal((await act(owner, '1.1.0', 'remove', { reason })).status, 403)
    t.match(await act(moderator, '1.1.0', 'remove', { reason }), { status: 200, body: { state: 'removed' } })
    t.match(await app.call('GET', `${CATALOG}/versions/1.1.0/package`), { status: 410 })
    const { entries } = (await app.call('GET', '/api/marketplace/kill-list')).body as { entries: unknown[] }
    t.match(entries, [{ target: { kind: 'version', extension: '@acme/site-import', version: '1.1.0' }, reason }])
    t.match(await act(owner, '1.1.0', 'unyank'), { status: 409, body: { code: 'VERSION_STATE' } })
    t.equal((await act(stranger, '1.0.0', 'yank', { reason })).status, 404)
    t.equal((await act(owner, '9.0.0', 'yank', { reason })).status, 404)
  })

  await t.test('what is suspended is not there, until it is let back', async (t) => {
    t.equal((await owner.call('POST', `${EXTENSION}/suspend`, { reason })).status, 403)
    for (const path of [EXTENSION, '/api/marketplace/publishers/acme']) {
      t.equal((await moderator.call('POST', `${path}/suspend`, { reason })).status, 200)
      t.equal((await app.call('GET', CATALOG)).status, 404)
      t.same(await found(app), [])
      t.equal((await stranger.call('POST', '/api/marketplace/install/acme/site-import', {})).status, 404)
      t.equal((await moderator.call('POST', `${path}/unsuspend`)).status, 200)
      t.equal((await app.call('GET', CATALOG)).status, 200)
      t.same(await found(app), ['site-import'])
    }
  })

  await t.test('an extension without a version that goes on is removed', async (t) => {
    for (const version of ['1.0.0', '2.0.0-beta.1'])
      t.equal((await act(moderator, version, 'remove', { reason })).status, 200)
    t.equal((await app.call('GET', CATALOG)).status, 404)
    t.equal((await app.call('GET', `${CATALOG}/versions/1.0.0`)).status, 410)
    t.same(await found(app), [])
  })
})
