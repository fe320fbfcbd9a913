import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { changedPackage } from '../../sdk/package/good-package.ts'
import { buildApp, type Person } from './build-app.ts'
import { submit } from './marketplace-fixtures.ts'

const NAME = 'acme/site-import'

async function listed(person: Person, path: string, enough: number): Promise<Record<string, unknown>[]> {
  for (let tries = 0; tries < 400; tries++) {
    const { data } = (await person.call('GET', path)).body as { data: Record<string, unknown>[] }
    if (data.length >= enough) return data
    await sleep(25)
  }
  throw new Error(`${path} never held ${enough}`)
}

t.test('review over HTTP', async (t) => {
  const app = await buildApp(t)
  const operator = await app.operator()
  const author = await app.person('author')
  const reviewer = await app.person('reviewer')
  const roles = { platformRoles: ['reviewer', 'moderator'] }
  t.equal((await operator.call('PUT', `/api/admin/users/${reviewer.userId}/roles`, roles)).status, 200)
  const { review } = await submit(author)
  const path = `/api/marketplace/reviews/${review}`

  t.test('an entry of the queue says why it stands there', async (t) => {
    const [entry] = await listed(reviewer, '/api/marketplace/reviews', 1)
    t.match(entry, { id: review, risk: { band: 'elevated', score: Number }, flags: {}, queuedAt: String })
    t.same(await listed(reviewer, '/api/marketplace/reviews?band=low', 0), [])
    t.equal((await reviewer.call('GET', '/api/marketplace/reviews?band=none')).status, 400)
    t.same(await listed(reviewer, '/api/marketplace/reviews?mine=true', 0), [])
  })

  t.test('a first version has nothing to be compared with', async (t) => {
    t.equal((await reviewer.call('GET', `${path}/difference`)).status, 409)
    const alone = await reviewer.call('GET', `${path}/behaviour`)
    t.match(alone, { status: 200, body: { after: { version: String }, fixtures: Array } })
    t.notHas(alone.body, { before: {} })
  })

  t.test('a message is unread until it is read', async (t) => {
    await reviewer.call('POST', `${path}/messages`, { text: 'Why?' })
    t.type((await author.call('GET', `${path}/messages`)).text('unreadSince'), 'string')
    t.equal((await author.call('POST', `${path}/messages/read`)).status, 204)
    t.notHas((await author.call('GET', `${path}/messages`)).body, { unreadSince: String })
  })

  t.test('a waiver that waives nothing is refused', async (t) => {
    const { digest } = (await reviewer.call('POST', `${path}/claim`)).body as { digest: string }
    const waivers = [{ rule: 'MAN-09', reason: 'Fine' }]
    const answer = await reviewer.call('POST', `${path}/verdict`, { verdict: 'approve', digest, waivers })
    t.equal(answer.status, 400)
    t.equal((await reviewer.call('POST', `${path}/verdict`, { verdict: 'approve', digest })).status, 200)
  })

  t.test('the author is told, and reads it', async (t) => {
    const told = await listed(author, '/api/notifications?unread=true', 5)
    t.same(told.map(({ event }) => event).sort(), [
      'review.approved',
      'review.claimed',
      'review.message',
      'submission.in_review',
      'submission.received',
    ])
    const id = encodeURIComponent(String(told[0]?.id))
    t.equal((await author.call('POST', `/api/notifications/${id}/read`)).status, 204)
    t.equal((await listed(author, '/api/notifications?unread=true', 4)).length, 4)
    t.same((await reviewer.call('GET', '/api/notifications')).body, { data: [] })
  })

  t.test('what comes by email is the own choice', async (t) => {
    const wish = { emailOff: ['review.claimed'], language: 'fr' }
    t.same((await author.call('PUT', '/api/notifications/settings', wish)).body, wish)
    t.same((await author.call('GET', '/api/notifications/settings')).body, wish)
    t.equal((await author.call('PUT', '/api/notifications/settings', { ...wish, language: 'xx' })).status, 400)
  })

  t.test('the secret of a webhook is shown once', async (t) => {
    const hook = '/api/marketplace/publishers/acme/webhook'
    const wish = { url: 'https://hooks.acme.example/annex', events: ['review.message'] }
    t.match((await author.call('PUT', hook, wish)).body, { state: 'active', secret: /^whsec_/ })
    t.notMatch(JSON.stringify((await author.call('GET', hook)).body), /whsec_/)
    t.equal((await author.call('PUT', hook, { ...wish, events: ['none'] })).status, 400)
    t.same((await author.call('GET', `${hook}/deliveries`)).body, { data: [] })
    t.equal((await author.call('DELETE', hook)).status, 204)
  })

  t.test('the next version is shown beside the last one', async (t) => {
    const bytes = changedPackage({
      manifest: (manifest) => {
        manifest.version = '1.3.0'
        manifest.description = 'Brings more sites in'
      },
    })
    const gzip = { 'content-type': 'application/gzip' }
    t.equal((await author.call('POST', '/api/marketplace/extensions', bytes, gzip)).status, 202)
    const [entry] = await listed(reviewer, '/api/marketplace/reviews', 1)
    const next = `/api/marketplace/reviews/${entry?.id}`
    t.match((await reviewer.call('GET', next)).body, { lastApproved: '1.2.0', open: [], carried: [] })
    t.match((await reviewer.call('GET', `${next}/difference`)).body, {
      before: { version: '1.2.0' },
      after: { version: '1.3.0' },
      widened: [],
      manifest: [{ part: 'description' }, { part: 'version', before: '1.2.0', after: '1.3.0' }],
      texts: [{ path: 'package.json', change: 'changed' }],
    })
    t.match((await reviewer.call('GET', `${next}/behaviour`)).body, { fixtures: [], stopped: false })
  })

  t.test('a moderator switches automatic approval', async (t) => {
    const one = `/api/marketplace/reviews/automatic/${NAME}`
    t.equal((await reviewer.call('PUT', one, { on: false })).status, 204)
    t.equal((await author.call('PUT', one, { on: true })).status, 403)
    t.equal((await reviewer.call('PUT', '/api/marketplace/reviews/automatic/acme/none', { on: false })).status, 404)
  })
})
