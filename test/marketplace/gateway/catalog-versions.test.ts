import { createHash } from 'node:crypto'
import t from 'tap'
import { extensions, versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { changedPackage } from '../../sdk/package/good-package.ts'
import { buildApp, type Person, type TestApp } from './build-app.ts'
import { submit } from './marketplace-fixtures.ts'

const CATALOG = '/api/marketplace/catalog/acme/site-import'
const RELEASE = `${CATALOG}/versions/1.2.0`
const PACKAGE = `${RELEASE}/package`
const CHANNELS = '/api/marketplace/extensions/acme/site-import/channels'
const NAME = '@acme/site-import'

async function publish(app: TestApp, operator: Person): Promise<Person> {
  const owner = await app.person('acme')
  const { review } = await submit(owner)
  t.equal((await app.call('GET', RELEASE)).status, 404, 'in review is not published')
  t.equal((await app.call('GET', PACKAGE)).status, 404)
  const digest = (await operator.call('POST', `/api/marketplace/reviews/${review}/claim`)).text('digest')
  const verdict = { verdict: 'approve', digest }
  t.equal((await operator.call('POST', `/api/marketplace/reviews/${review}/verdict`, verdict)).status, 200)
  return owner
}

async function patch(app: TestApp, target: 'version' | 'extension', set: Record<string, string>): Promise<void> {
  await app.services.store.tx(async (tx) => {
    const system = tx.asSystem('a test changes what life after publication will')
    if (target === 'version') await system(versions).patch(`${NAME}@1.2.0`, { set })
    else await system(extensions).patch(NAME, { set })
    tx.emit({ partition: 'system', type: `${target}.changed`, payload: { extension: NAME } })
  })
}

t.test('one version: its facts, its package, its channels', async (t) => {
  const app = await buildApp(t)
  const operator = await app.operator()
  const owner = await publish(app, operator)
  const bytes = changedPackage({})
  const digest = createHash('sha256').update(bytes).digest('hex')

  await t.test('anybody reads the facts, and asks again for what changed only', async (t) => {
    const answer = await app.call('GET', RELEASE)
    t.equal(answer.status, 200)
    t.match(answer.body, {
      ...{ extension: NAME, version: '1.2.0', digest, size: bytes.byteLength, platform: '>=1.0.0 <2.0.0' },
      ...{ deprecated: false, yanked: false, channels: ['latest'], dependencies: [], license: 'MIT' },
      permissions: { required: [{ scope: 'write:chantiers' }] },
      links: { self: RELEASE, package: PACKAGE },
      signature: { alg: 'EdDSA' },
    })
    const etag = answer.headers.get('etag') ?? ''
    t.match(etag, /^"[\w-]{43}"$/, 'a strong one')
    t.equal(answer.headers.get('cache-control'), 'public, no-cache')
    const again = await app.call('GET', RELEASE, { headers: { 'if-none-match': `"other", ${etag}` } })
    t.match(again, { status: 304, body: '' })
    await patch(app, 'version', { state: 'deprecated' })
    const changed = await app.call('GET', RELEASE, { headers: { 'if-none-match': etag } })
    t.match(changed, { status: 200, body: { deprecated: true } })
    await patch(app, 'version', { state: 'published' })
  })

  await t.test('anybody downloads the very bytes, to be kept for good', async (t) => {
    const response = await fetch(new URL(PACKAGE, app.url))
    t.equal(response.status, 200)
    t.same(Buffer.from(await response.arrayBuffer()), Buffer.from(bytes))
    const headers = {
      'content-type': 'application/gzip',
      'content-length': String(bytes.byteLength),
      'content-disposition': 'attachment; filename="acme-site-import-1.2.0.tgz"',
      etag: `"${digest}"`,
      'cache-control': 'public, max-age=31536000, immutable',
    }
    for (const [name, value] of Object.entries(headers)) t.equal(response.headers.get(name), value, name)
    const head = await app.call('HEAD', PACKAGE)
    t.match(head, { status: 200, body: '' })
    for (const [name, value] of Object.entries(headers)) t.equal(head.headers.get(name), value, `HEAD: ${name}`)
    const known = await app.call('GET', PACKAGE, { headers: { 'if-none-match': `W/"${digest}"` } })
    t.match(known, { status: 304, body: '' })
  })

  await t.test('what was yanked stays, what was removed is gone, what never was is not found', async (t) => {
    for (const path of [`${CATALOG}/versions/9.9.9`, `${CATALOG}/versions/latest`, `${CATALOG}/versions/..%2f1.2.0`])
      for (const end of ['', '/package']) t.equal((await app.call('GET', path + end)).status, 404, path + end)
    await patch(app, 'version', { state: 'yanked' })
    t.match(await app.call('GET', RELEASE), { status: 200, body: { yanked: true } })
    t.equal((await app.call('GET', PACKAGE)).status, 200)
    for (const [target, set, status] of [
      ['version', { state: 'removed' }, 410],
      ['version', { state: 'rejected' }, 404],
      ['version', { state: 'withdrawn' }, 404],
      ['version', { state: 'published' }, 200],
      ['extension', { status: 'suspended' }, 404],
      ['extension', { status: 'removed' }, 410],
      ['extension', { status: 'listed' }, 200],
    ] as const) {
      await patch(app, target, set)
      for (const path of [RELEASE, PACKAGE]) {
        const answer = await app.call('GET', path)
        t.equal(answer.status, status, `${path} ${JSON.stringify(set)}`)
        if (status === 410) t.equal(answer.text('code'), 'VERSION_REMOVED')
      }
    }
  })

  await t.test('members and their keys move channels', async (t) => {
    const key = await app.key(owner, ['publish:acme'])
    const send = (method: string, path: string, body?: unknown) =>
      app.call(method, `${CHANNELS}/${path}`, { headers: { 'x-api-key': key }, ...(body ? { body } : {}) })
    t.match(await send('PUT', 'stable', { version: '1.2.0' }), { status: 200, body: { channels: { stable: '1.2.0' } } })
    t.match(await app.call('GET', CATALOG), { body: { channels: { latest: '1.2.0', stable: '1.2.0' } } })
    t.match(await app.call('GET', RELEASE), { body: { channels: ['latest', 'stable'] } })
    t.match(await owner.call('DELETE', `${CHANNELS}/stable`), { status: 200, body: { channels: { latest: '1.2.0' } } })
    const stranger = await app.person('stranger')
    for (const [who, method, path, body, status] of [
      [stranger, 'PUT', 'beta', { version: '1.2.0' }, 403],
      [owner, 'PUT', 'Beta', { version: '1.2.0' }, 400],
      [owner, 'PUT', 'v1', { version: '1.2.0' }, 400],
      [owner, 'PUT', 'beta', { version: '1.2.0', force: true }, 400],
      [owner, 'PUT', 'beta', { version: '8.0.0' }, 404],
      [owner, 'DELETE', 'latest', undefined, 400],
      [owner, 'DELETE', 'beta', undefined, 404],
    ] as const)
      t.equal((await who.call(method, `${CHANNELS}/${path}`, body)).status, status, `${method} ${path}`)
    t.equal((await app.call('PUT', `${CHANNELS}/beta`, { body: { version: '1.2.0' } })).status, 401)
  })

  await t.test('an upload names its channel in the address', async (t) => {
    const type = { 'content-type': 'application/gzip' }
    const next = changedPackage({ manifest: (manifest) => void Object.assign(manifest, { version: '1.3.0' }) })
    const upload = (query: string) => owner.call('POST', `/api/marketplace/extensions${query}`, next, type)
    t.match(await upload('?channel=Beta'), { status: 400, body: { code: 'INVALID_ARGUMENT' } })
    t.match(await upload('?channel=x'), { status: 400 })
    t.match(await upload('?canal=beta'), { status: 400 })
    t.match(await upload('?channel=beta'), { status: 202, body: { channel: 'beta' } })
  })
})
