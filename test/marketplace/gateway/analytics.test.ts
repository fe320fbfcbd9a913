import t from 'tap'
import { publishPackage } from '../../flows/publish-package.ts'
import { runOf } from '../analytics/open-analytics.ts'
import { extensionOf } from '../rig/open-installations.ts'
import { buildApp } from './build-app.ts'
import { install } from './marketplace-fixtures.ts'

t.test('how an extension is used', async (t) => {
  const app = await buildApp(t)
  const operator = await app.operator()
  await publishPackage(app, operator, extensionOf('1.0.0'))
  const login = { email: 'author@author.example', password: 'the password of author' }
  const session = await app.call('POST', '/api/auth/login', { body: login })
  const author = { headers: { authorization: `Bearer ${session.text('accessToken')}` } }
  const ada = await app.person('ada')
  const id = await install(ada, '@acme/site-import')
  const { analytics } = app.services
  const path = '/api/marketplace/extensions/acme/site-import/analytics'
  const versions = '/api/marketplace/catalog/acme/site-import/versions/1.0.0/package'

  t.test('is shown to its publisher, without those who use it', async (t) => {
    const got = await app.call('GET', versions)
    t.equal(got.status, 200)
    const again = { headers: { 'if-none-match': got.headers.get('etag') ?? '' } }
    t.equal((await app.call('GET', versions, again)).status, 304)
    const installed = async () => {
      const { body } = await app.call('GET', path, author)
      const { data } = body as { data: { installs: unknown }[] }
      return data[0]?.installs === '<5' ? body : undefined
    }
    let body = await installed()
    while (!body) body = await installed()
    t.match(body, {
      extension: '@acme/site-import',
      data: [{ version: '1.0.0', downloads: 2, installs: '<5', uninstalls: 0, organizations: '<5' }],
    })
    t.notMatch(JSON.stringify(body), new RegExp(`activity":{"invocations":[1-9]|${ada.organizationId}|${id}`))
    for (const organization of ['org_1', 'org_2', 'org_3', 'org_4']) {
      const run = runOf(organization)
      analytics.meter.ran({ ...run, installation: { ...run.installation, extension: '@acme/site-import' } })
    }
    const many = (await app.call('GET', path, author)).body
    t.match(many, { data: [{ organizations: 5, activity: { invocations: Number, latency: { p95: Number } } }] })
  })

  t.test("is nobody else's business", async (t) => {
    t.match(await ada.call('GET', path), { status: 403, body: { code: 'PUBLISHER_FORBIDDEN' } })
    t.equal((await app.call('GET', path)).status, 401)
    for (const query of ['from=yesterday', 'from=2026-13-40', 'from=2019-01-01', 'more=1'])
      t.equal((await app.call('GET', `${path}?${query}`, author)).status, 400, query)
  })

  t.test('in the own organization is shown to its admins', async (t) => {
    const from = new Date(app.clock.now() - 2 * 24 * 3_600_000).toISOString()
    const { body } = await ada.call('GET', `/api/usage?extension=@acme/site-import&from=${from}`)
    t.match(body, {
      data: [{ installationId: id }],
      activity: { invocations: Number, failures: { extension: 0, upstream: 0, limit: 0, platform: 0 } },
    })
    const { activity } = body as { activity: { invocations: number } }
    t.ok(activity.invocations > 0 && activity.invocations < 5, 'only its own')
    t.match((await ada.call('GET', '/api/usage?extension=@acme/other')).body, {
      data: [],
      activity: { invocations: 0 },
    })
    t.notOk('activity' in ((await ada.call('GET', '/api/usage')).body as object))
  })
})
