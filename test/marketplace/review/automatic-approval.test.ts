import t from 'tap'
import { publishers } from '../../../marketplace/publishing/publishing-collections.ts'
import { got, openChecker, openMarketplace, packageOf, type Rig } from '../rig/open-marketplace.ts'

const DAY_MS = 24 * 3_600_000
const NAME = '@acme/site-import'

async function verify(rig: Rig): Promise<void> {
  const verified = { domain: 'acme.com', method: 'dns', at: rig.clock.iso() }
  await rig.store.asSystem('a test proves a domain')(publishers).patch('acme', { set: { verified } })
}

/** A verified publisher, known for long, with one version that a person approved. */
async function known(rig: Rig): Promise<void> {
  await rig.openPublisher()
  await verify(rig)
  await rig.publish(packageOf('1.0.0'))
  rig.clock.move(40 * DAY_MS)
}

t.test('approval without a person', async (t) => {
  const checker = await openChecker(t)

  t.test('publishes what asks for no more, and names its reasons', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await known(rig)
    const { id, reviewId, reviewStatus } = await rig.upload(packageOf('1.0.1'))
    t.equal(reviewStatus, 'published')
    const review = got(await rig.reviews.get(rig.reviewer, String(reviewId)))
    t.match(review, { verdict: 'approve', decidedBy: 'system:auto', reasons: [/verified/, /by persons/, /nothing/] })
    t.match((await rig.audit.list('system', { action: 'extension.publish' })).data[0], { actor: 'system:auto' })
    t.equal(got(await rig.publishing.submissions.get(rig.author, id)).status, 'PUBLISHED')
  })

  t.test('never a first version, and the review says why it waits', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    await verify(rig)
    const { reviewId, reviewStatus } = await rig.upload(packageOf('1.0.0'))
    t.equal(reviewStatus, 'in_review')
    const { automatic } = got(await rig.reviews.get(rig.reviewer, String(reviewId)))
    t.match(automatic?.refusals, [/no version was approved by a person/])
  })

  t.test('not within a day of the first approval', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    await verify(rig)
    rig.clock.move(40 * DAY_MS)
    await rig.publish(packageOf('1.0.0'))
    rig.clock.move(DAY_MS - 1)
    const { id, reviewStatus } = await rig.upload(packageOf('1.0.1'))
    t.equal(reviewStatus, 'in_review')
    rig.clock.move(1)
    await rig.jobs.runDue()
    const after = got(await rig.publishing.submissions.get(rig.author, id))
    t.equal(after.reviewStatus, 'published', 'it is looked at again when the day is over')
    t.equal((await rig.upload(packageOf('1.0.2'))).reviewStatus, 'published')
  })

  t.test('not what asks for more', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await known(rig)
    const manifest = ({ annex }: { annex: Record<string, unknown> }) => {
      annex.permissions = {
        required: [
          { scope: 'write:chantiers', reason: 'Creates the sites' },
          { scope: 'read:invoices', reason: 'Reads the invoices' },
        ],
      }
    }
    const { reviewStatus, reviewId } = await rig.upload(packageOf('1.1.0', { manifest }))
    t.equal(reviewStatus, 'in_review')
    const { automatic } = got(await rig.reviews.get(rig.reviewer, String(reviewId)))
    t.ok(automatic?.refusals.some((why) => why.includes('read:invoices')))
  })

  t.test('a rejection stops it until a person approves again', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await known(rig)
    got(await rig.reviews.setAutomatic(rig.reviewer, NAME, false))
    const { reviewId } = await rig.upload(packageOf('1.0.1'))
    const { digest } = got(await rig.reviews.claim(rig.reviewer, String(reviewId)))
    const no = { verdict: 'reject', reasons: ['It is slow'], digest } as const
    got(await rig.reviews.decide(rig.reviewer, String(reviewId), no))
    got(await rig.reviews.setAutomatic(rig.reviewer, NAME, true))
    const after = await rig.upload(packageOf('1.0.2'))
    t.equal(after.reviewStatus, 'in_review')
    got(await rig.approve(String(after.reviewId)))
    t.equal((await rig.upload(packageOf('1.0.3'))).reviewStatus, 'published')
  })

  t.test('a moderator switches it off', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await known(rig)
    got(await rig.reviews.setAutomatic(rig.reviewer, NAME, false))
    t.equal((await rig.upload(packageOf('1.0.1'))).reviewStatus, 'in_review')
    t.match(await rig.reviews.setAutomatic(rig.reviewer, '@acme/none', false), { error: { code: 'NOT_FOUND' } })
  })

  t.test('not while reports are open', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await known(rig)
    await rig.store.tx((tx) => rig.reviews.reported(tx, NAME, 2))
    t.equal((await rig.upload(packageOf('1.0.1'))).reviewStatus, 'in_review')
    await rig.store.tx((tx) => rig.reviews.reported(tx, NAME, 0))
    t.equal((await rig.upload(packageOf('1.0.2'))).reviewStatus, 'published')
  })

  t.test('a suspended publisher publishes nothing', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await known(rig)
    await rig.store
      .asSystem('a test suspends')(publishers)
      .patch('acme', { set: { state: 'suspended' } })
    t.not((await rig.upload(packageOf('1.0.1'))).reviewStatus, 'published')
  })
})
