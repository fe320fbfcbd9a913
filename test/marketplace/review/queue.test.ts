import t from 'tap'
import { MAX_CLAIMS } from '../../../marketplace/review/claims.ts'
import { codeOf, got, openChecker, openMarketplace, packageOf, type Rig } from '../rig/open-marketplace.ts'

const HOUR_MS = 3_600_000
const named = (name: string, more: Parameters<typeof packageOf>[1] = {}) =>
  packageOf('1.0.0', {
    ...more,
    manifest: (manifest) => {
      manifest.name = `@acme/${name}`
      manifest.annex.displayName = `The ${name}`
      more.manifest?.(manifest)
    },
  })

const names = async (rig: Rig, query = {}) =>
  got(await rig.reviews.queue(rig.reviewer, query)).data.map(({ extension }) => extension.slice('@acme/'.length))

t.test('the queue', async (t) => {
  const checker = await openChecker(t)
  const open = async (t: Parameters<typeof openMarketplace>[0]) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    return rig
  }
  const risky = (name: string) =>
    named(name, {
      manifest: ({ annex }) => {
        annex.config = { type: 'object', properties: { base: { type: 'string' } }, required: ['base'] }
        annex.egress = [...(annex.egress ?? []), { host: '{{config.base}}', match: 'any', reason: 'The own server' }]
      },
    })

  t.test('what is risky comes first, but passes nobody who has waited for long', async (t) => {
    const rig = await open(t)
    await rig.upload(named('patient'))
    rig.clock.move(100 * HOUR_MS)
    await rig.upload(named('calm'))
    rig.clock.move(HOUR_MS)
    await rig.upload(risky('bold'))
    t.same(await names(rig), ['patient', 'bold', 'calm'])
    const entries = got(await rig.reviews.queue(rig.reviewer, {})).data
    t.ok(entries.every(({ risk, queuedAt }) => risk.reasons.length > 0 && queuedAt !== ''))
    const bold = entries.find(({ extension }) => extension === '@acme/bold')
    t.same(await names(rig, { band: bold?.risk.band }), ['bold'])
    t.same(await names(rig, { publisher: 'nobody' }), [])
  })

  t.test('pages hold each entry once', async (t) => {
    const rig = await open(t)
    for (const name of ['one', 'two', 'three']) await rig.upload(named(name))
    const first = got(await rig.reviews.queue(rig.reviewer, { limit: 2 }))
    const rest = got(await rig.reviews.queue(rig.reviewer, { limit: 2, cursor: String(first.nextCursor) }))
    t.equal(new Set([...first.data, ...rest.data].map(({ id }) => id)).size, 3)
  })

  t.test('a report moves what waits', async (t) => {
    const rig = await open(t)
    await rig.upload(named('first'))
    rig.clock.move(HOUR_MS)
    await rig.upload(named('second'))
    t.same(await names(rig), ['first', 'second'])
    await rig.store.tx((tx) => rig.reviews.reported(tx, '@acme/second', 7))
    t.same(await names(rig), ['second', 'first'])
    await rig.store.tx((tx) => rig.reviews.reported(tx, '@acme/second', 0))
    t.same(await names(rig), ['first', 'second'])
  })

  t.test('the expected time is what the last decisions took', async (t) => {
    const rig = await open(t)
    for (const name of ['one', 'two', 'three']) {
      const { reviewId } = await rig.upload(named(name))
      rig.clock.move(2 * HOUR_MS)
      got(await rig.approve(String(reviewId)))
    }
    await rig.upload(named('four'))
    const [entry] = got(await rig.reviews.queue(rig.reviewer, {})).data
    t.equal(Date.parse(String(entry?.expectedBy)) - Date.parse(String(entry?.queuedAt)), 2 * HOUR_MS)
  })

  t.test('one person holds so many, two clicks at once included', async (t) => {
    const rig = await open(t)
    const ids: string[] = []
    for (let at = 0; at < MAX_CLAIMS + 2; at++) ids.push(String((await rig.upload(named(`number-${at}`))).reviewId))
    const outcomes = await Promise.all(ids.map((id) => rig.reviews.claim(rig.reviewer, id)))
    t.equal(outcomes.filter(({ ok }) => ok).length, MAX_CLAIMS)
    const refused = outcomes.find(({ ok }) => !ok)
    t.equal(refused && codeOf(refused), 'REVIEW_CLAIMS')
    t.equal((await names(rig, { mine: true })).length, MAX_CLAIMS)
    const heldId = ids[outcomes.findIndex(({ ok }) => ok)] ?? ''
    t.ok((await rig.reviews.claim(rig.reviewer, heldId)).ok, 'what is held can be prolonged')
  })

  t.test('a reply of the author asks for attention, after a verdict too', async (t) => {
    const rig = await open(t)
    const id = String((await rig.upload(named('asked'))).reviewId)
    const { digest } = got(await rig.reviews.claim(rig.reviewer, id))
    got(await rig.reviews.post(rig.reviewer, id, 'Why?'))
    t.type(got(await rig.reviews.messages(rig.author, id, {})).unreadSince, 'string')
    got(await rig.reviews.markRead(rig.author, id))
    t.equal(got(await rig.reviews.messages(rig.author, id, {})).unreadSince, undefined)
    got(await rig.reviews.decide(rig.reviewer, id, { verdict: 'reject', reasons: ['No answer'], digest }))
    t.same(await names(rig, { attention: true }), [])
    got(await rig.reviews.post(rig.author, id, 'I was away'))
    t.same(await names(rig, { attention: true }), ['asked'])
    got(await rig.reviews.post(rig.reviewer, id, 'Upload it again'))
    t.same(await names(rig, { attention: true }), [])
  })

  t.test('who was invited by the publisher is no stranger to it', async (t) => {
    const rig = await open(t)
    const id = String((await rig.upload(named('near'))).reviewId)
    const { publisherInvitations } = await import('../../../marketplace/publishing/publishing-collections.ts')
    const draft = {
      _id: 'inv_1',
      publisher: 'acme',
      userId: rig.reviewer.userId,
      role: 'owner',
      tokenHash: 'h',
    } as const
    const times = { createdAt: rig.clock.iso(), expiresAt: rig.clock.iso(), invitedBy: rig.author.userId }
    await rig.store
      .asSystem('a test invites')(publisherInvitations)
      .insert({ ...draft, ...times })
    t.equal(codeOf(await rig.reviews.claim(rig.reviewer, id)), 'OWN_SUBMISSION')
  })
})
