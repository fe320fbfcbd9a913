import t from 'tap'
import { changedPackage } from '../../sdk/package/good-package.ts'
import { png } from '../../sdk/package/picture-builder.ts'
import { buildApp } from './build-app.ts'
import { install } from './marketplace-fixtures.ts'
import { publish } from './publish-over-http.ts'

const CATALOG = '/api/marketplace/catalog/acme/site-import'
const EXTENSION = '/api/marketplace/extensions/acme/site-import'
const DAY_MS = 24 * 3_600_000
const PNG = png(64, 64)

t.test('what organizations say and may use', async (t) => {
  const app = await buildApp(t)
  const operator = await app.operator()
  const [owner, user] = [await app.person('acme'), await app.person('user')]
  const moderator = await app.person('moderator')
  await operator.call('PUT', `/api/admin/users/${moderator.userId}/roles`, { platformRoles: ['moderator'] })
  t.equal((await owner.call('POST', '/api/marketplace/publishers', { slug: 'acme' })).status, 201)
  const readme = `# Site import\n\n<b class="x">bold</b> ![shot](docs/shot.png)\n\n${'It brings sites in. '.repeat(10)}\n`
  const own = { displayName: 'Import de chantiers', description: 'Reprend les chantiers de votre ERP' }
  const pricing = { model: 'SUBSCRIPTION', price: 900, currency: 'EUR', trialPeriod: 14 }
  const bytes = changedPackage({
    files: { 'README.md': readme, 'docs/shot.png': PNG, 'CHANGELOG.md': '# Changes\n\n## 1.2.0\n\n- First\n' },
    manifest: (manifest) => {
      const reasons = { 'write:chantiers': 'Crée les chantiers' }
      Object.assign(manifest.annex, { pricing, locales: { fr: { ...own, reasons } } })
    },
  })
  await publish(owner, operator, bytes)

  await t.test('pages are shown, and do nothing else', async (t) => {
    const page = await app.call('GET', `${CATALOG}/versions/1.2.0/readme`)
    t.equal(page.status, 200)
    t.match(
      page.body,
      /<h1>Site import<\/h1>\s*<p><b>bold<\/b> <img src="[^"]+\/versions\/1\.2\.0\/files\/docs\/shot\.png"/,
    )
    t.match(page.body, /^<!doctype html>.*<title>site-import 1\.2\.0: readme<\/title>/s)
    t.match(page.headers.get('content-security-policy'), /default-src 'none'.*sandbox/)
    const picture = await fetch(new URL(`${CATALOG}/versions/1.2.0/files/docs/shot.png`, app.url))
    t.equal(picture.headers.get('content-type'), 'image/png')
    t.equal(picture.headers.get('x-content-type-options'), 'nosniff')
    t.same(Buffer.from(await picture.arrayBuffer()), PNG)
    t.match(await app.call('GET', `${CATALOG}/versions/1.2.0/changelog`), { status: 200, body: /<li>First/ })
    for (const path of ['package.json', 'dist/extension.js', 'docs/none.png', '..%2fx.png'])
      t.equal((await app.call('GET', `${CATALOG}/versions/1.2.0/files/${path}`)).status, 404, path)
  })

  await t.test('permissions are told in the language that is preferred', async (t) => {
    const words = async (path: string, headers = {}) =>
      (await app.call('GET', path, { headers })).body as {
        permissions: { required: { words: string; reason: string }[] }
      }
    const french = { words: 'Créer, modifier et supprimer vos chantiers', reason: 'Crée les chantiers' }
    const english = { words: 'Create, change and delete your construction sites', reason: 'Creates the sites' }
    t.match((await words(CATALOG)).permissions.required, [english])
    const { model: _, ...terms } = pricing
    t.match(await app.call('GET', CATALOG), { body: { pricing: 'SUBSCRIPTION', terms, monthlyDownloads: Number } })
    t.match((await words(`${CATALOG}?lang=fr`)).permissions.required, [french])
    const found = async (query: string, accepted = {}) =>
      (await app.call('GET', `/api/marketplace/catalog?${query}`, { headers: accepted })).body
    t.match(await found('q=chantiers&lang=fr'), { data: [own] }, 'found by its French words, told in them')
    t.match(await found('q=reprend', { 'accept-language': 'fr-FR' }), { data: [own] })
    t.match(await found('q=reprend'), { data: [{ displayName: 'Site import' }] })
    t.notHas(await found('q=reprend'), { data: [{ french: {} }] })
    t.match((await words(CATALOG, { 'accept-language': 'de, fr-CH;q=0.9, en;q=0.5' })).permissions.required, [french])
    t.match((await words(CATALOG, { 'accept-language': 'fr;q=0.1, en;q=0.5' })).permissions.required, [english])
    t.equal((await app.call('GET', `${CATALOG}?lang=it`)).status, 400)
  })

  await t.test('what is not free is installed with an entitlement, of which there is one trial', async (t) => {
    const refusal = await user.call('POST', '/api/marketplace/install/acme/site-import', {})
    t.match(refusal, { status: 403, body: { code: 'ENTITLEMENT_REQUIRED' } })
    t.equal((await user.call('GET', `${EXTENSION}/entitlement`)).status, 404)
    const trial = await user.call('POST', `${EXTENSION}/entitlement`, { plan: 'trial' })
    t.match(trial, { status: 200, body: { plan: 'trial', active: true } })
    t.equal(Date.parse(trial.text('endsAt')) - Date.parse(trial.text('startedAt')), 14 * DAY_MS)
    const id = await install(user, '@acme/site-import')
    app.clock.ahead += 15 * DAY_MS
    const again = await app.call('POST', '/api/auth/login', { body: { email: user.email, password: user.password } })
    const later = { headers: { authorization: `Bearer ${again.text('accessToken')}` } }
    await app.services.entitlements.sweep()
    const held = await app.call('GET', `/api/marketplace/installations/${id}`, later)
    t.match(held.body, { state: 'disabled' })
    t.match(JSON.stringify(held.body), /"licence"/)
    const second = await app.call('POST', `${EXTENSION}/entitlement`, { ...later, body: { plan: 'trial' } })
    t.match(second, { status: 409, body: { code: 'TRIAL_USED' } })
    const paid = await app.call('POST', `${EXTENSION}/entitlement`, { ...later, body: { plan: 'paid' } })
    t.match(paid, { status: 200, body: { plan: 'paid', active: true } })
    t.equal(paid.body && (paid.body as { endsAt?: string }).endsAt, undefined)
    t.match((await app.call('GET', `/api/marketplace/installations/${id}`, later)).body, { state: 'active' })
  })

  await t.test('who has used it rates it, once, and the publisher replies', async (t) => {
    const login = async (who: { email: string; password: string }) => {
      const body = { email: who.email, password: who.password }
      return { authorization: `Bearer ${(await app.call('POST', '/api/auth/login', { body })).text('accessToken')}` }
    }
    const [rater, publisher, other] = [await login(user), await login(owner), await login(moderator)]
    const path = `${EXTENSION}/ratings`
    const rating = { stars: 4, text: 'It works' }
    t.match(await app.call('PUT', path, { headers: other, body: rating }), {
      status: 403,
      body: { code: 'NOT_INSTALLED' },
    })
    const given = await app.call('PUT', path, { headers: rater, body: rating })
    t.match(given, { status: 200, body: { ...rating, own: true } })
    t.match(await app.call('PUT', path, { headers: rater, body: { stars: 2, text: 'It broke' } }), { status: 200 })
    t.match((await app.call('GET', CATALOG)).body, { rating: { average: 2, count: 1 } })
    t.match((await app.call('GET', '/api/marketplace/catalog')).body, { data: [{ rating: { average: 2, count: 1 } }] })
    const reply = `${path}/${given.text('id')}/reply`
    t.equal((await app.call('PUT', reply, { headers: rater, body: { text: 'No' } })).status, 403)
    t.equal((await app.call('PUT', reply, { headers: publisher, body: { text: 'Mended in 1.2.1' } })).status, 200)
    const { data } = (await app.call('GET', path)).body as { data: object[] }
    t.match(data, [{ stars: 2, reply: { text: 'Mended in 1.2.1' } }])
    t.notMatch(JSON.stringify(data), new RegExp(user.organizationId), 'nobody is told who it was')
    for (const body of [{ stars: 0 }, { stars: 6 }, { stars: 3, text: 'x'.repeat(2001) }, { stars: 1.5 }])
      t.equal((await app.call('PUT', path, { headers: rater, body })).status, 400)
    t.equal((await app.call('DELETE', path, { headers: rater })).status, 204)
    t.equal((await app.call('DELETE', path, { headers: rater })).status, 404)
    t.equal(((await app.call('GET', CATALOG)).body as { rating?: unknown }).rating, undefined)
  })

  await t.test('reports go to the moderators, so many a day', async (t) => {
    const body = { email: user.email, password: user.password }
    const headers = {
      authorization: `Bearer ${(await app.call('POST', '/api/auth/login', { body })).text('accessToken')}`,
    }
    const settle = { email: moderator.email, password: moderator.password }
    const answer = await app.call('POST', '/api/auth/login', { body: settle })
    const judge = { authorization: `Bearer ${answer.text('accessToken')}` }
    const path = `${EXTENSION}/reports`
    const report = { reason: 'deceptive', text: 'It is not what it says it is' }
    const made = await app.call('POST', path, { headers, body: report })
    t.match(made, { status: 201, body: { ...report, state: 'open' } })
    t.equal((await app.call('GET', path, { headers })).status, 403)
    t.match((await app.call('GET', path, { headers: judge })).body, { data: [{ id: made.text('id') }] })
    const everywhere = '/api/marketplace/reports'
    t.equal((await app.call('GET', everywhere, { headers })).status, 403)
    t.match((await app.call('GET', everywhere, { headers: judge })).body, { data: [{ id: made.text('id') }] })
    t.same((await app.call('GET', `${everywhere}?state=resolved`, { headers: judge })).body, { data: [] })
    const resolve = `${path}/${made.text('id')}/resolve`
    t.equal((await app.call('POST', resolve, { headers, body: { text: 'no' } })).status, 403)
    t.match(await app.call('POST', resolve, { headers: judge, body: { text: 'It is' } }), {
      body: { state: 'resolved' },
    })
    for (let i = 0; i < 9; i++) t.equal((await app.call('POST', path, { headers, body: report })).status, 201)
    t.equal((await app.call('POST', path, { headers, body: report })).status, 429)
  })
})
