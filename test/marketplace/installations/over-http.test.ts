import t from 'tap'
import type { Person, TestApp } from '../gateway/build-app.ts'
import { buildApp } from '../gateway/build-app.ts'
import { extensionOf } from '../rig/open-installations.ts'

const MARKET = '/api/marketplace'
const INSTALL = `${MARKET}/install/acme/site-import`

async function reviewer(app: TestApp): Promise<Person> {
  const operator = await app.operator()
  const person = await app.person('reviewer')
  const roles = { platformRoles: ['reviewer'] }
  const answer = await operator.call('PUT', `/api/admin/users/${person.userId}/roles`, roles)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return person
}

async function submitted(who: Person, bytes: Uint8Array) {
  const headers = { 'content-type': 'application/gzip' }
  const sent = await who.call('POST', `${MARKET}/extensions`, bytes, headers)
  const path = `${MARKET}/submissions/${sent.text('id')}`
  for (let tries = 0; tries < 200; tries++) {
    const answer = await who.call('GET', path)
    if (!/submitted|validating/.test(answer.text('reviewStatus'))) return { sent, answer }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the check did not end')
}

t.test('over HTTP', async (t) => {
  const app = await buildApp(t)
  const judge = await reviewer(app)
  const [author, admin, other] = [await app.person('author'), await app.person('admin'), await app.person('other')]
  let id = ''

  t.test('a stranger sends no package', async (t) => {
    const answer = await app.call('POST', `${MARKET}/extensions`, {
      body: extensionOf('1.0.0'),
      headers: { 'content-type': 'application/gzip' },
    })
    t.equal(answer.status, 401)
  })

  t.test('what is no tarball, or too much, is refused by its outside', async (t) => {
    t.equal((await author.call('POST', `${MARKET}/extensions`, { no: 'tarball' })).status, 415)
    const headers = { 'content-type': 'application/gzip' }
    t.equal((await author.call('POST', `${MARKET}/extensions`, new Uint8Array(), headers)).status, 400)
    t.equal((await author.call('POST', `${MARKET}/extensions`)).status, 400)
    const huge = new Uint8Array(5 * 1024 * 1024 + 1)
    t.equal((await author.call('POST', `${MARKET}/extensions`, huge, headers)).status, 413)
  })

  t.test('publisher, package, review, catalog', async (t) => {
    t.equal((await author.call('POST', `${MARKET}/publishers`, { slug: 'acme' })).status, 201)
    t.equal((await other.call('POST', `${MARKET}/publishers`, { slug: 'ac-me' })).status, 409)
    const { sent, answer } = await submitted(author, extensionOf('1.0.0'))
    t.equal(sent.status, 202)
    t.match(answer.body, { status: 'SUBMITTED', reviewStatus: 'in_review' })
    t.equal((await other.call('GET', `${MARKET}/submissions/${answer.text('id')}`)).status, 404)

    t.equal((await author.call('GET', `${MARKET}/reviews`)).status, 403)
    const queue = await judge.call('GET', `${MARKET}/reviews`)
    t.match(queue.body, { data: [{ extension: '@acme/site-import', state: 'queued' }] })
    const review = `${MARKET}/reviews/${answer.text('reviewId')}`
    t.match((await judge.call('GET', review)).body, { manifest: { name: '@acme/site-import' } })
    t.match((await judge.call('POST', `${review}/claim`)).body, { claim: { by: judge.userId } })
    const bytes = await judge.call('GET', `${review}/package`)
    t.equal(bytes.headers.get('content-type'), 'application/gzip')
    const verdict = { verdict: 'approve', digest: answer.text('digest') }
    t.match((await judge.call('POST', `${review}/verdict`, verdict)).body, { state: 'done', verdict: 'approve' })

    t.match((await app.call('GET', `${MARKET}/catalog?q=site&kind=connector`)).body, {
      data: [{ extension: '@acme/site-import' }],
      facets: { category: { OPERATIONS: 1 } },
    })
    t.match((await app.call('GET', `${MARKET}/catalog/acme/site-import`)).body, { permissions: { required: [{}] } })
    t.match((await app.call('GET', `${MARKET}/catalog/acme/site-import/versions`)).body, {
      data: [{ version: '1.0.0' }],
    })
    t.match(await submitted(author, extensionOf('1.0.0')), { sent: { status: 200 } }, 'the same again is the same')
  })

  t.test('a key with a publish scope publishes for its publisher', async (t) => {
    const key = await app.key(author, ['publish:acme'])
    const headers = { 'content-type': 'application/gzip', 'x-api-key': key }
    const sent = await app.call('POST', `${MARKET}/extensions`, { body: extensionOf('1.0.1'), headers })
    t.equal(sent.status, 202, JSON.stringify(sent.body))
  })

  t.test('consent, installation, change, uninstallation', async (t) => {
    const asked = await admin.call('POST', INSTALL, {})
    t.equal(asked.status, 409)
    t.match(asked.body, { code: 'CONSENT_REQUIRED', details: { required: [{ scope: 'write:chantiers' }] } })
    const { details } = asked.body as { details: { grant: { scopes: string[] } } }
    const wider = { ...details.grant, scopes: [...details.grant.scopes, 'read:invoices'] }
    t.match((await admin.call('POST', INSTALL, { grant: wider })).body, { status: 400, code: 'GRANT_EXCEEDS_MANIFEST' })
    const installed = await admin.call('POST', INSTALL, { grant: details.grant })
    t.equal(installed.status, 200, JSON.stringify(installed.body))
    t.match(installed.body, { state: 'active', version: '1.0.0' })
    id = installed.text('id')
    const path = `${MARKET}/installations/${id}`
    t.match((await admin.call('GET', `${path}/explain?scope=read:invoices`)).body, { allowed: false })
    for (const [method, rest, body] of [
      ['GET', ''],
      ['PATCH', '', { config: {} }],
      ['PUT', '/grant', details.grant],
      ['POST', '/enable'],
      ['POST', '/disable'],
      ['GET', '/explain?scope=read:invoices'],
      ['DELETE', ''],
    ] as const)
      t.equal((await other.call(method, `${path}${rest}`, body)).status, 404, `${method} ${rest} of another tenant`)
    t.match((await admin.call('POST', `${path}/disable`)).body, { state: 'disabled' })
    t.match((await admin.call('POST', `${path}/enable`)).body, { state: 'active' })
    t.match((await admin.call('GET', `${MARKET}/installations`)).body, { data: [{ id }] })
    const gone = await admin.call('DELETE', path)
    t.equal(gone.status, 200)
    t.match(gone.body, { state: 'uninstalled' })
    t.match((await admin.call('GET', `${MARKET}/installations`)).body, { data: [] })
  })

  t.test('a failed installation is a 400 that names its step (S-217, S-218)', async (t) => {
    const members = 'async onInstall() { throw new Error("no licence") }'
    const { answer } = await submitted(author, extensionOf('2.0.0', { members, handlers: ['onInstall'] }))
    const review = `${MARKET}/reviews/${answer.text('reviewId')}`
    await judge.call('POST', `${review}/claim`)
    await judge.call('POST', `${review}/verdict`, { verdict: 'approve', digest: answer.text('digest') })
    const asked = await admin.call('POST', INSTALL, {})
    const { details } = asked.body as { details: { grant: unknown } }
    const failed = await admin.call('POST', INSTALL, { grant: details.grant })
    t.equal(failed.status, 400)
    t.match(failed.body, { code: 'EXTENSION_LOAD_FAILED', details: { step: 'on_install' } })
    t.match((await admin.call('POST', INSTALL, { version: '1.0.0', grant: details.grant })).body, { state: 'active' })
  })

  t.test('the two sides write to each other', async (t) => {
    const { answer } = await submitted(author, extensionOf('3.0.0'))
    const path = `${MARKET}/reviews/${answer.text('reviewId')}/messages`
    t.equal((await judge.call('POST', path, { text: 'Why?' })).status, 201)
    t.match((await author.call('GET', path)).body, { data: [{ side: 'reviewer', text: 'Why?' }] })
    t.equal((await other.call('GET', path)).status, 404)
    t.match((await author.call('POST', `${MARKET}/submissions/${answer.text('id')}/withdraw`)).body, {
      reviewStatus: 'withdrawn',
    })
  })

  t.test('members join by invitation', async (t) => {
    const path = `${MARKET}/publishers/acme/members`
    const invitation = { email: other.email, role: 'maintainer' }
    const invited = await author.call('POST', `${MARKET}/publishers/acme/invitations`, invitation)
    const token = invited.text('token')
    t.equal((await other.call('POST', `${MARKET}/publishers/invitations/accept`, { token })).status, 200)
    t.equal((await other.call('PUT', `${path}/${other.userId}`, { role: 'owner' })).status, 403)
    t.equal((await author.call('DELETE', `${path}/${author.userId}`)).status, 409)
    t.equal((await other.call('DELETE', `${path}/${other.userId}`)).status, 204)
    t.equal((await other.call('GET', path)).status, 404)
    t.match((await author.call('GET', `${MARKET}/publishers`)).body, { data: [{ slug: 'acme', role: 'owner' }] })
  })
})
