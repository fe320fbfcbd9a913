import t from 'tap'
import { publisherMembers } from '../../../marketplace/publishing/publishing-collections.ts'
import { startUpstream } from '../../runtime/egress/start-upstream.ts'
import { buildApp, type Person } from './build-app.ts'
import { publishExamples } from './marketplace-fixtures.ts'

const ALL = '/api/marketplace/publishers'
const FILE = '/.well-known/annex-verification.txt'

t.test('publishers', async (t) => {
  let file: string | undefined
  const upstream = await startUpstream(t, (_request, response) => {
    if (file === undefined) response.writeHead(404).end()
    else response.end(file)
  })
  const overrides = { 'acme.com': { address: '127.0.0.1', port: upstream.port, scheme: 'http' as const } }
  const app = await buildApp(t, { egress: { overrides, allowPrivateRanges: [] } })
  const [ada, bob, eve] = [await app.person('ada'), await app.person('bob'), await app.person('eve')]
  const own = async (person: Person, slug: string) =>
    t.equal((await person.call('POST', ALL, { slug })).status, 201, slug)
  await own(ada, 'acme')
  await own(eve, 'other')

  t.test('an invitation is answered alike whether there is such an account or not', async (t) => {
    const answers = await Promise.all(
      [bob.email, 'nobody@nowhere.example'].map((email) =>
        ada.call('POST', `${ALL}/acme/invitations`, { email, role: 'maintainer' }),
      ),
    )
    const [known, unknown] = answers.map(({ status, body }) => ({ status, names: Object.keys(body as object).sort() }))
    t.same(known, unknown)
    t.equal(known?.status, 201)
    const open = (await ada.call('GET', `${ALL}/acme/invitations`)).body as { data: { id: string }[] }
    t.equal(open.data.length, 2)
    t.notMatch(JSON.stringify(open), answers[0]?.text('token'), 'the token was shown once')
    for (const { id } of open.data) t.equal((await ada.call('DELETE', `${ALL}/acme/invitations/${id}`)).status, 204)
  })

  t.test('the invited person joins, or declines', async (t) => {
    const invite = async () =>
      (await ada.call('POST', `${ALL}/acme/invitations`, { email: bob.email, role: 'owner' })).text('token')
    const declined = await invite()
    t.equal((await bob.call('POST', `${ALL}/invitations/decline`, { token: declined })).status, 204)
    t.match((await bob.call('POST', `${ALL}/invitations/accept`, { token: declined })).body, {
      status: 400,
      code: 'INVITATION_INVALID',
    })
    const token = await invite()
    t.equal((await eve.call('POST', `${ALL}/invitations/accept`, { token })).status, 400, 'nobody else')
    t.match(await bob.call('POST', `${ALL}/invitations/accept`, { token }), {
      status: 200,
      body: { publisher: 'acme', role: 'owner' },
    })
    t.match((await bob.call('GET', ALL)).body, { data: [{ slug: 'acme', role: 'owner' }] })
    const key = await app.key(ada, ['read'])
    const byKey = { headers: { 'x-api-key': key }, body: { email: eve.email, role: 'owner' } }
    t.equal((await app.call('POST', `${ALL}/acme/invitations`, byKey)).status, 403, 'keys invite nobody')
  })

  t.test('a domain is proven by a file, and the next owner takes it', async (t) => {
    const path = `${ALL}/acme/verification`
    t.match((await ada.call('POST', path, { domain: 'www.acme.com', method: 'well-known' })).body, {
      status: 400,
      code: 'DOMAIN_INVALID',
    })
    const begun = await ada.call('POST', path, { domain: 'acme.com', method: 'well-known' })
    t.equal(begun.text('place'), `https://acme.com${FILE}`)
    t.match((await ada.call('POST', `${path}/check`)).body, {
      status: 422,
      code: 'DOMAIN_NOT_PROVEN',
      retryable: true,
      details: { line: begun.text('line') },
    })
    file = `${begun.text('line')}\n`
    t.match(await ada.call('POST', `${path}/check`), { status: 200, body: { verified: { domain: 'acme.com' } } })
    t.equal(upstream.requests.at(-1)?.url, FILE)
    t.match((await eve.call('GET', `${ALL}/acme`)).body, { verified: { domain: 'acme.com', method: 'well-known' } })
    t.match((await ada.call('GET', path)).body, { verified: { place: `https://acme.com${FILE}` } })

    const next = await eve.call('POST', `${ALL}/other/verification`, { domain: 'acme.com', method: 'well-known' })
    file = next.text('line')
    t.match((await eve.call('POST', `${ALL}/other/verification/check`)).body, { takenFrom: 'acme' })
    t.notHas((await eve.call('GET', `${ALL}/acme`)).body, { verified: Object })
    t.equal((await eve.call('DELETE', `${ALL}/other/verification`)).status, 204)
    t.notHas((await eve.call('GET', `${ALL}/other`)).body, { verified: Object })
  })

  t.test('the catalog shows the domain of who published', async (t) => {
    await publishExamples(app, ['hello'])
    const catalog = '/api/marketplace/catalog'
    const shown = async () => [
      ((await app.call('GET', catalog)).body as { data: object[] }).data[0],
      (await app.call('GET', `${catalog}/examples/hello`)).body,
    ]
    for (const card of await shown()) t.notHas(card, { publisherDomain: String })
    // The operator's own namespace has no member who could invite one.
    const row = { publisher: 'examples', userId: ada.userId, role: 'owner', addedBy: ada.userId, addedAt: '' } as const
    await app.services.store
      .asSystem('a test')(publisherMembers)
      .insert({ _id: `examples:${ada.userId}`, ...row })
    const path = `${ALL}/examples/verification`
    file = (await ada.call('POST', path, { domain: 'acme.com', method: 'well-known' })).text('line')
    t.equal((await ada.call('POST', `${path}/check`)).status, 200)
    for (const card of await shown()) t.match(card, { publisher: 'examples', publisherDomain: 'acme.com' })
  })
})
