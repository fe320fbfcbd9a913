import t from 'tap'
import { publishers, versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { codeOf, got, openChecker, openMarketplace, packageOf, type Rig } from '../rig/open-marketplace.ts'

const NAME = '@acme/site-import'

async function suspend({ store }: Rig): Promise<void> {
  const suspended = await store
    .asSystem('an operator')(publishers)
    .patch('acme', { set: { state: 'suspended' } })
  if (!suspended) throw new Error('there is no acme')
}

async function published({ store }: Rig): Promise<string[]> {
  const { data } = await store
    .asSystem('a test looks')(versions)
    .find({ where: { extension: NAME } })
  return data.filter(({ state }) => state === 'published').map(({ version }) => version)
}

t.test('a suspended publisher publishes nothing', async (t) => {
  const checker = await openChecker(t)
  const open = async () => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    return rig
  }

  t.test('neither by an upload, of a person or a key', async (t) => {
    const rig = await open()
    await suspend(rig)
    const key = { ...rig.author, kind: 'key', publisherScopes: ['publish:acme'] } as const
    for (const [who, version] of [
      [rig.author, '1.0.0'],
      [key, '1.0.1'],
    ] as const)
      t.match(await rig.upload(packageOf(version), who), {
        reviewStatus: 'validation_failed',
        findings: [{ rule: 'PUBLISHER_FORBIDDEN', message: /suspended/ }],
      })
  })

  t.test('nor by what waits for its verdict', async (t) => {
    const rig = await open()
    const { reviewId = '' } = await rig.upload(packageOf('1.0.0'))
    await suspend(rig)
    t.equal(codeOf(await rig.approve(reviewId)), 'SUBMISSION_STATE')
    t.same(await published(rig), [])
  })

  t.test('nor by a verdict at the same moment: it counts, or it is refused and leaves nothing', async (t) => {
    const rig = await open()
    const { reviewId = '' } = await rig.upload(packageOf('1.0.0'))
    const { digest } = got(await rig.reviews.claim(rig.reviewer, reviewId))
    const approval = { verdict: 'approve', reasons: [], digest } as const
    const [outcome] = await Promise.all([rig.reviews.decide(rig.reviewer, reviewId, approval), suspend(rig)])
    t.same(await published(rig), outcome.ok ? ['1.0.0'] : [])
  })

  t.test('nor by moving a channel', async (t) => {
    const rig = await open()
    await rig.publish(packageOf('1.0.0'))
    await rig.publish(packageOf('1.1.0'))
    await suspend(rig)
    t.equal(
      codeOf(await rig.publishing.channels.set(rig.author, NAME, 'latest', { version: '1.0.0' })),
      'PUBLISHER_FORBIDDEN',
    )
  })
})
