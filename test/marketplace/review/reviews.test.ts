import t from 'tap'
import { extensions } from '../../../marketplace/publishing/publishing-collections.ts'
import { CLAIM_MS } from '../../../marketplace/review/claims.ts'
import { outboxEvents } from '../../../runtime/storage/outbox-collections.ts'
import { joinPublisher } from '../rig/join-publisher.ts'
import { codeOf, got, openChecker, openMarketplace, packageOf, type Rig } from '../rig/open-marketplace.ts'

const REASONS = ['It asks for more than its README explains']

async function inReview(rig: Rig, version = '1.0.0') {
  const { reviewId, id } = await rig.upload(packageOf(version))
  if (reviewId === undefined) throw new Error('not in review')
  const review = got(await rig.reviews.get(rig.reviewer, reviewId))
  return { reviewId, submissionId: id, digest: review.digest }
}

async function latestOf(rig: Rig): Promise<string | undefined> {
  return (await rig.store.asSystem('a test looks')(extensions).get('@acme/site-import'))?.tags.latest
}

async function eventsOf(rig: Rig) {
  const where = { partition: 'system' }
  const page = await rig.store
    .asSystem('a test looks')(outboxEvents)
    .find({ where, sort: [['sequence', 'asc']] })
  return page.data.map(({ type }) => type).filter((type) => !type.startsWith('author.'))
}

t.test('reviews', async (t) => {
  const checker = await openChecker(t)

  async function open(t: Parameters<typeof openMarketplace>[0]): Promise<Rig> {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    return rig
  }

  t.test('an approval publishes in one commit', async (t) => {
    const rig = await open(t)
    const { reviewId, submissionId, digest } = await inReview(rig)
    const claimed = got(await rig.reviews.claim(rig.reviewer, reviewId))
    const { rev } = claimed
    t.match(got(await rig.reviews.decide(rig.reviewer, reviewId, { verdict: 'approve', reasons: [], digest, rev })), {
      state: 'done',
      verdict: 'approve',
    })
    t.match(got(await rig.publishing.submissions.get(rig.author, submissionId)), { status: 'PUBLISHED' })
    t.equal(await latestOf(rig), '1.0.0')
    t.same(await eventsOf(rig), ['version.published'])
    const [entry] = (await rig.audit.list('system', { action: 'extension.publish' })).data
    t.match(entry, { actor: 'user:usr_reviewer', target: '@acme/site-import@1.0.0', details: { digest } })
  })

  t.test('the reviewer sees what to decide on', async (t) => {
    const rig = await open(t)
    const { reviewId } = await inReview(rig)
    t.match(got(await rig.reviews.get(rig.reviewer, reviewId)), {
      manifest: { name: '@acme/site-import' },
      capabilities: { scopes: { required: [{ scope: 'write:chantiers' }] } },
      readme: /construction sites/,
    })
    const { bytes } = got(await rig.reviews.packageBytes(rig.reviewer, reviewId))
    t.same(Buffer.from(bytes), Buffer.from(packageOf('1.0.0')))
    t.equal(codeOf(await rig.reviews.packageBytes(rig.author, reviewId)), 'NOT_FOUND')
  })

  t.test('one of two reviewers gets the claim, the other learns who has it', async (t) => {
    const rig = await open(t)
    const second = rig.person('second', ['reviewer'])
    const { reviewId } = await inReview(rig)
    const outcomes = await Promise.all([rig.reviewer, second].map((who) => rig.reviews.claim(who, reviewId)))
    t.equal(outcomes.filter(({ ok }) => ok).length, 1)
    const lost = outcomes.find(({ ok }) => !ok)
    t.match(lost, { error: { code: 'REVIEW_CLAIMED', details: { by: /^usr_/ } } })
  })

  t.test('a claim can be given back, prolonged and taken over when it ran out', async (t) => {
    const rig = await open(t)
    const second = rig.person('second', ['reviewer'])
    const { reviewId, digest } = await inReview(rig)
    got(await rig.reviews.claim(rig.reviewer, reviewId))
    t.equal(codeOf(await rig.reviews.release(second, reviewId)), 'REVIEW_NOT_CLAIMED')
    got(await rig.reviews.release(rig.reviewer, reviewId))
    got(await rig.reviews.claim(second, reviewId))
    rig.clock.move(CLAIM_MS - 1)
    got(await rig.reviews.claim(second, reviewId))
    rig.clock.move(CLAIM_MS - 1)
    t.equal(codeOf(await rig.reviews.claim(rig.reviewer, reviewId)), 'REVIEW_CLAIMED')
    rig.clock.move(1)
    const approval = { verdict: 'approve', reasons: [], digest } as const
    t.equal(codeOf(await rig.reviews.decide(second, reviewId, approval)), 'REVIEW_NOT_CLAIMED', 'too late')
    got(await rig.reviews.claim(rig.reviewer, reviewId))
    t.equal(codeOf(await rig.reviews.decide(second, reviewId, approval)), 'REVIEW_NOT_CLAIMED')
    t.equal(await latestOf(rig), undefined)
  })

  t.test('a verdict is bound to bytes, revision and claim', async (t) => {
    const rig = await open(t)
    const { reviewId, digest } = await inReview(rig)
    const approval = { verdict: 'approve', reasons: [], digest } as const
    t.equal(codeOf(await rig.reviews.decide(rig.reviewer, reviewId, approval)), 'REVIEW_NOT_CLAIMED')
    const { rev } = got(await rig.reviews.claim(rig.reviewer, reviewId))
    const other = { ...approval, digest: '0'.repeat(64) }
    t.equal(codeOf(await rig.reviews.decide(rig.reviewer, reviewId, other)), 'REVIEW_CHANGED')
    const stale = { ...approval, rev: rev - 1 }
    t.equal(codeOf(await rig.reviews.decide(rig.reviewer, reviewId, stale)), 'REVIEW_CHANGED')
    const silent = { ...approval, verdict: 'reject' } as const
    t.equal(codeOf(await rig.reviews.decide(rig.reviewer, reviewId, silent)), 'INVALID_ARGUMENT')
  })

  t.test('a double click is one verdict, another verdict is refused', async (t) => {
    const rig = await open(t)
    const { reviewId, digest } = await inReview(rig)
    got(await rig.reviews.claim(rig.reviewer, reviewId))
    const approval = { verdict: 'approve', reasons: [], digest } as const
    const clicks = await Promise.all([1, 2, 3].map(() => rig.reviews.decide(rig.reviewer, reviewId, approval)))
    t.ok(clicks.every(({ ok }) => ok))
    t.same(await eventsOf(rig), ['version.published'])
    const change = { verdict: 'reject', reasons: REASONS, digest } as const
    t.equal(codeOf(await rig.reviews.decide(rig.reviewer, reviewId, change)), 'REVIEW_CLOSED')
  })

  t.test('approve and reject at once: one of them', async (t) => {
    const rig = await open(t)
    const { reviewId, submissionId, digest } = await inReview(rig)
    got(await rig.reviews.claim(rig.reviewer, reviewId))
    const [approved, rejected] = await Promise.all([
      rig.reviews.decide(rig.reviewer, reviewId, { verdict: 'approve', reasons: [], digest }),
      rig.reviews.decide(rig.reviewer, reviewId, { verdict: 'reject', reasons: REASONS, digest }),
    ])
    t.not(approved?.ok, rejected?.ok)
    const { reviewStatus } = got(await rig.publishing.submissions.get(rig.author, submissionId))
    t.equal(reviewStatus, approved?.ok ? 'published' : 'rejected')
    t.equal((await latestOf(rig)) === '1.0.0', approved?.ok)
  })

  t.test('reasons reach the author', async (t) => {
    const rig = await open(t)
    const { reviewId, submissionId, digest } = await inReview(rig)
    got(await rig.reviews.claim(rig.reviewer, reviewId))
    got(await rig.reviews.decide(rig.reviewer, reviewId, { verdict: 'changes_requested', reasons: REASONS, digest }))
    t.match(got(await rig.publishing.submissions.get(rig.author, submissionId)), {
      status: 'SUBMITTED',
      reviewStatus: 'changes_requested',
      reasons: REASONS,
      nextStep: /new version number/,
    })
  })

  t.test('nobody reviews their own, and only reviewers review', async (t) => {
    const rig = await open(t)
    const judge = { ...rig.author, platformRoles: ['reviewer'] } as const
    const { reviewId } = await inReview(rig)
    t.equal(codeOf(await rig.reviews.claim(judge, reviewId)), 'OWN_SUBMISSION')
    t.same(got(await rig.reviews.queue(judge, {})).data, [])
    t.match(got(await rig.reviews.queue(rig.reviewer, {})).data, [{ id: reviewId, state: 'queued' }])
    t.equal(codeOf(await rig.reviews.queue(rig.author, {})), 'PERMISSION_DENIED')
    t.equal(codeOf(await rig.reviews.claim(rig.person('anybody'), reviewId)), 'NOT_FOUND')
    t.equal(codeOf(await rig.reviews.claim({ ...rig.reviewer, kind: 'key' }, reviewId)), 'NOT_FOUND')
  })

  t.test('a reviewer who joins the publisher loses the verdict', async (t) => {
    const rig = await open(t)
    const { reviewId, digest } = await inReview(rig)
    got(await rig.reviews.claim(rig.reviewer, reviewId))
    await joinPublisher(rig, rig.author, { slug: 'acme', identity: rig.reviewer, role: 'maintainer' })
    const approval = { verdict: 'approve', reasons: [], digest } as const
    t.equal(codeOf(await rig.reviews.decide(rig.reviewer, reviewId, approval)), 'OWN_SUBMISSION')
  })

  t.test('latest never moves down, and never to a pre-release', async (t) => {
    const rig = await open(t)
    const seen: (string | undefined)[] = []
    for (const version of ['1.1.0-rc.1', '1.1.0', '1.0.5', '2.0.0-beta', '1.2.0', '1.1.9', '1.10.0', '1.9.0']) {
      await rig.publish(packageOf(version))
      seen.push(await latestOf(rig))
    }
    t.same(seen, [undefined, '1.1.0', '1.1.0', '1.1.0', '1.2.0', '1.2.0', '1.10.0', '1.10.0'])
  })

  t.test('two versions approved at once leave the higher one as latest', async (t) => {
    const rig = await open(t)
    const cases = []
    for (const version of ['1.0.1', '1.0.3', '1.0.2']) cases.push(await inReview(rig, version))
    const verdicts = await Promise.all(cases.map(({ reviewId }) => rig.approve(reviewId)))
    t.ok(verdicts.every(({ ok }) => ok))
    t.equal(await latestOf(rig), '1.0.3')
  })

  t.test('withdrawal and approval at once: one of them', async (t) => {
    const rig = await open(t)
    const { reviewId, submissionId, digest } = await inReview(rig)
    got(await rig.reviews.claim(rig.reviewer, reviewId))
    const [approved, withdrawn] = await Promise.all([
      rig.reviews.decide(rig.reviewer, reviewId, { verdict: 'approve', reasons: [], digest }),
      rig.publishing.submissions.withdraw(rig.author, submissionId),
    ])
    t.not(approved.ok, withdrawn.ok)
    t.equal((await eventsOf(rig)).length, approved.ok ? 1 : 0)
  })

  t.test('both sides talk in the messages, strangers do not', async (t) => {
    const rig = await open(t)
    const { reviewId } = await inReview(rig)
    got(await rig.reviews.post(rig.reviewer, reviewId, 'Why write:chantiers?'))
    rig.clock.move(1)
    got(await rig.reviews.post(rig.author, reviewId, 'It creates sites.'))
    t.match(got(await rig.reviews.messages(rig.author, reviewId, {})).data, [
      { side: 'reviewer', author: 'usr_reviewer' },
      { side: 'publisher', author: 'usr_author' },
    ])
    t.equal(codeOf(await rig.reviews.post(rig.person('stranger'), reviewId, 'Hi')), 'NOT_FOUND')
  })

  t.test("the platform's own verdict is once and named", async (t) => {
    const rig = await open(t)
    const { submissionId } = await inReview(rig)
    const decision = { reason: 'seed', text: 'Ships with the product' }
    const verdicts = await Promise.all([1, 2].map(() => rig.reviews.decideAsSystem(submissionId, decision)))
    t.ok(verdicts.every(({ ok }) => ok))
    t.same(await eventsOf(rig), ['version.published'])
    t.match((await rig.audit.list('system', { action: 'extension.publish' })).data, [{ actor: 'system:seed' }])
    t.equal(codeOf(await rig.reviews.decideAsSystem('sub_none', decision)), 'NOT_FOUND')
  })
})
