import { createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import { users } from '../../../marketplace/accounts/accounts-collections.ts'
import { createMailer } from '../../../marketplace/notifications/mailer.ts'
import { notificationCollections } from '../../../marketplace/notifications/notification-collections.ts'
import { createNotifications } from '../../../marketplace/notifications/notifications.ts'
import { MAX_FAILURES } from '../../../marketplace/notifications/webhook-job.ts'
import { createEgress } from '../../../runtime/egress/egress.ts'
import { verifySignature } from '../../../runtime/webhooks/verify-signature.ts'
import { joinPublisher } from '../rig/join-publisher.ts'
import { codeOf, got, openChecker, openMarketplace, packageOf } from '../rig/open-marketplace.ts'
import { startHook } from './start-hook.ts'
import { startMailServer } from './start-mail-server.ts'

t.test('telling authors', async (t) => {
  const checker = await openChecker(t)
  const url = 'https://hooks.acme.com/annex'

  async function open(t: Test, options: { mail?: boolean; statuses?: number[] } = {}) {
    const rig = await openMarketplace(t, { checker, more: notificationCollections })
    const mail = await startMailServer(t)
    const statuses = options.statuses ?? []
    const hook = await startHook(t, statuses)
    const overrides = { 'hooks.acme.com': { address: '127.0.0.1', port: hook.port, scheme: 'http' as const } }
    const lookup = async () => Promise.reject(new Error('no name is looked up here'))
    const egress = createEgress({ ...rig, overrides, lookup })
    t.teardown(() => egress.close())
    const mailer = options.mail === false ? undefined : createMailer({ url: mail.url, from: 'market@annex.example' })
    const notifications = createNotifications({ ...rig, egress, mailer })
    t.teardown(() => notifications.stop())
    await rig.openPublisher()
    const user = (id: string) => ({
      ...{ _id: id, email: `${id.slice(4)}@example.com`, name: id, passwordHash: '', platformRoles: [] },
      ...{ createdAt: rig.clock.iso(), keyChanges: 0 },
    })
    for (const id of ['usr_author', 'usr_owner']) await rig.store.asSystem('a test signs up')(users).insert(user(id))
    const tell = async () => {
      await notifications.drain()
      await rig.jobs.runDue()
    }
    const told = async (who = rig.author) =>
      got(await notifications.list(who, {}))
        .data.map(({ event }) => event)
        .reverse()
    return { ...rig, notifications, mail, hook, statuses, tell, told }
  }

  t.test('every step is told, in order, and to the owners too', async (t) => {
    const rig = await open(t)
    const owner = rig.person('owner')
    await joinPublisher(rig, rig.author, { slug: 'acme', identity: owner, role: 'owner' })
    const { reviewId = 'none' } = await rig.upload(packageOf('1.0.0'))
    // The clock stands still: what happens in one instant is told in its order all the same.
    got(await rig.reviews.claim(rig.reviewer, reviewId))
    got(await rig.reviews.post(rig.reviewer, reviewId, 'Why write:chantiers?'))
    const { digest } = got(await rig.reviews.claim(rig.reviewer, reviewId))
    got(await rig.reviews.decide(rig.reviewer, reviewId, { verdict: 'approve', reasons: [], digest }))
    await rig.tell()
    t.same(await rig.told(), [
      'submission.received',
      'submission.in_review',
      'review.claimed',
      'review.message',
      'review.approved',
    ])
    t.equal((await rig.told(owner)).length, 4, 'of the publisher nothing is known when it arrives')
    t.same(await rig.told(rig.reviewer), [])
    t.equal(rig.mail.mails.length, 9)
    t.match(rig.mail.mails.map(({ text }) => text).join('\n'), /Why write:chantiers\?/)
  })

  t.test('a failed check is told with what failed', async (t) => {
    const rig = await open(t)
    await rig.upload(packageOf('1.0.0', { files: { 'README.md': undefined } }))
    await rig.tell()
    const [last] = got(await rig.notifications.list(rig.author, {})).data
    t.match(last, { event: 'submission.validation_failed', unread: true, text: /DOC-01/ })
  })

  t.test('the owners hear of their own failed checks, and of no stranger’s', async (t) => {
    const rig = await open(t)
    got(await rig.notifications.webhooks.set(rig.author, 'acme', { url, events: ['submission.validation_failed'] }))
    const lacking = packageOf('1.0.0', {
      manifest: (manifest) => {
        Object.assign(manifest.annex, { dependencies: { '@acme/none': '^1.0.0' } })
      },
    })
    const stranger = rig.person('stranger')
    await rig.upload(lacking, stranger)
    await rig.tell()
    const [refused] = got(await rig.notifications.list(stranger, {})).data
    t.match(refused, { event: 'submission.validation_failed', facts: { publisher: undefined }, text: /PUBLISHER_/ })
    t.same(await rig.told(), [])
    t.equal(rig.hook.calls.length, 0)
    await rig.upload(lacking)
    await rig.tell()
    t.match(JSON.parse(rig.hook.calls[0]?.body ?? '{}'), { data: { extension: '@acme/site-import', version: '1.0.0' } })
    const [told] = got(await rig.notifications.list(rig.author, {})).data
    t.match(told, { subject: '@acme/site-import 1.0.0: did not pass its check', text: /@acme\/none/ })
  })

  t.test('what is read is read, by whose it is', async (t) => {
    const rig = await open(t)
    await rig.upload(packageOf('1.0.0'))
    await rig.tell()
    const [first] = got(await rig.notifications.list(rig.author, { unread: true })).data
    t.equal(codeOf(await rig.notifications.markRead(rig.reviewer, String(first?.id))), 'NOT_FOUND')
    got(await rig.notifications.markRead(rig.author, String(first?.id)))
    const left = got(await rig.notifications.list(rig.author, { unread: true })).data
    t.notOk(left.some(({ id }) => id === first?.id))
  })

  t.test('mail that is not taken is tried again, as the same mail', async (t) => {
    const rig = await open(t)
    rig.mail.refusals.push('451 later')
    await rig.upload(packageOf('1.0.0', { files: { 'README.md': undefined } }))
    await rig.tell()
    const before = rig.mail.mails.length
    rig.clock.move(3_600_000)
    await rig.jobs.runDue()
    t.equal(rig.mail.mails.length, before + 1)
    const ids = rig.mail.mails.map(({ text }) => /^message-id: (.*)$/im.exec(text)?.[1])
    t.equal(new Set(ids).size, 2)
  })

  t.test('what a moderator does to a listing is told with its reason', async (t) => {
    const rig = await open(t)
    await rig.publish(packageOf('1.0.0'))
    await rig.tell()
    const moderator = rig.person('moderator', ['moderator'])
    const { suspensions } = rig.publishing
    got(await suspensions.extension(moderator, '@acme/site-import', 'Sold under a false name'))
    got(await suspensions.publisher(moderator, 'acme', 'Nobody answers'))
    rig.clock.move(1)
    got(await suspensions.publisher(moderator, 'acme', undefined))
    await rig.tell()
    const [restored, ...suspended] = got(await rig.notifications.list(rig.author, { limit: 3 })).data
    t.match(restored, { event: 'publisher.restored', subject: 'Your publisher is no longer suspended' })
    t.match(
      suspended.toSorted((a, b) => (a.event < b.event ? -1 : 1)),
      [
        { event: 'extension.suspended', subject: /^@acme\/site-import: was taken out/, text: /false name/ },
        { event: 'publisher.suspended', subject: /^Your publisher was suspended/, text: /Nobody answers/ },
      ],
    )
  })

  t.test('kinds are switched off, and French is French', async (t) => {
    const rig = await open(t)
    await rig.notifications.setWish(rig.author, { emailOff: ['submission.received'], language: 'fr' })
    await rig.upload(packageOf('1.0.0'))
    await rig.tell()
    t.equal(rig.mail.mails.length, 1)
    t.match(got(await rig.notifications.list(rig.author, {})).data[0]?.subject, /vérification/)
    t.equal((await rig.told()).length, 2, 'in the product all of it stands')
  })

  t.test('without a server no mail is queued', async (t) => {
    const rig = await open(t, { mail: false })
    await rig.upload(packageOf('1.0.0'))
    await rig.tell()
    t.equal((await rig.told()).length, 2)
    t.equal(rig.mail.mails.length, 0)
  })

  t.test("a subject can't begin another header", async (t) => {
    const { mails, url } = await startMailServer(t)
    const mailer = createMailer({ url, from: 'market@annex.example' })
    await mailer.send({ to: 'a@example.com', subject: 'x\r\nBcc: b@example.com', text: 'y', id: 'one' })
    mailer.close()
    t.equal(mails.length, 1)
    t.notMatch(mails[0]?.text, /^bcc:/im)
  })

  t.test("the publisher's address is called, signed, with what it asked for", async (t) => {
    const rig = await open(t)
    const { webhooks } = rig.notifications
    const { secret } = got(await webhooks.set(rig.author, 'acme', { url, events: ['submission.in_review'] }))
    t.notMatch(JSON.stringify(got(await webhooks.get(rig.author, 'acme'))), /whsec_/)
    await rig.upload(packageOf('1.0.0'))
    await rig.tell()
    const [call] = rig.hook.calls
    t.equal(rig.hook.calls.length, 1)
    t.match(JSON.parse(call?.body ?? ''), { type: 'submission.in_review', data: { extension: '@acme/site-import' } })
    t.notMatch(call?.body, /usr_/)
    const request = { scheme: 'standard-webhooks', secret, headers: call?.headers ?? {}, now: rig.clock.now() } as const
    t.match(verifySignature({ ...request, body: Buffer.from(call?.body ?? '') }), { ok: true })
    t.match(verifySignature({ ...request, body: Buffer.from(`${call?.body} `) }), { ok: false })
    const wrong = createHmac('sha256', 'other').update('x').digest('base64')
    const forged = { ...request.headers, 'webhook-signature': `v1,${wrong}` }
    t.match(verifySignature({ ...request, headers: forged, body: Buffer.from(call?.body ?? '') }), { ok: false })
    t.match(got(await webhooks.deliveries(rig.author, 'acme', {})).data, [{ state: 'delivered', outcome: '204' }])
  })

  t.test('a call that fails is made again, under the same id', async (t) => {
    const rig = await open(t, { statuses: [500] })
    got(await rig.notifications.webhooks.set(rig.author, 'acme', { url, events: ['submission.in_review'] }))
    await rig.upload(packageOf('1.0.0'))
    await rig.tell()
    rig.clock.move(3_600_000)
    await rig.jobs.runDue()
    t.equal(rig.hook.calls.length, 2)
    t.equal(new Set(rig.hook.calls.map(({ headers }) => headers['webhook-id'])).size, 1)
    const deliveries = got(await rig.notifications.webhooks.deliveries(rig.author, 'acme', {})).data
    t.match(deliveries, [{ state: 'delivered', attempts: 2 }])
  })

  t.test('an address that never answers is switched off, and its owner told', async (t) => {
    const rig = await open(t, { statuses: Array.from({ length: 200 }, () => 500) })
    got(await rig.notifications.webhooks.set(rig.author, 'acme', { url, events: ['review.message'] }))
    const { reviewId = 'none' } = await rig.upload(packageOf('1.0.0'))
    for (let at = 0; at < MAX_FAILURES; at++) got(await rig.reviews.post(rig.reviewer, reviewId, `Number ${at}`))
    await rig.notifications.drain()
    for (let hour = 0; hour < 48; hour++) {
      await rig.jobs.runDue()
      rig.clock.move(3_600_000)
    }
    t.match(got(await rig.notifications.webhooks.get(rig.author, 'acme')), {
      state: 'disabled',
      failures: MAX_FAILURES,
    })
    await rig.notifications.drain()
    t.ok((await rig.told()).includes('webhook.disabled'))
    const deliveries = got(await rig.notifications.webhooks.deliveries(rig.author, 'acme', {})).data
    t.ok(deliveries.every(({ state, outcome }) => state === 'given_up' && outcome === 'status 500'))
  })

  t.test('only owners set it, and only to names that are called safely', async (t) => {
    const rig = await open(t)
    const { webhooks } = rig.notifications
    const wish = { url, events: ['review.message'] as const }
    t.equal(
      codeOf(await webhooks.set(rig.reviewer, 'acme', { ...wish, events: [...wish.events] })),
      'PUBLISHER_UNKNOWN',
    )
    for (const odd of ['http://hooks.acme.com/', 'https://127.0.0.1/', 'https://[::1]/', 'https://u:p@acme.com/', 'x'])
      t.equal(
        codeOf(await webhooks.set(rig.author, 'acme', { url: odd, events: ['review.message'] })),
        'INVALID_ARGUMENT',
      )
    got(await webhooks.set(rig.author, 'acme', { url, events: ['review.message'] }))
    got(await webhooks.remove(rig.author, 'acme'))
    t.equal(codeOf(await webhooks.get(rig.author, 'acme')), 'NOT_FOUND')
  })
})
