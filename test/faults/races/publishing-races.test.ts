import t, { type Test } from 'tap'
import { createPublishers } from '../../../marketplace/publishing/publishers.ts'
import { extensions, versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { createVersionLife } from '../../../marketplace/publishing/version-life.ts'
import { CLAIM_MS } from '../../../marketplace/review/claims.ts'
import { reviews } from '../../../marketplace/review/review-collections.ts'
import { joinPublisher } from '../../marketplace/rig/join-publisher.ts'
import { codeOf, got, openChecker, openMarketplace, packageOf } from '../../marketplace/rig/open-marketplace.ts'
import { auditOn } from '../../runtime/audit/open-test-audit.ts'
import { checkInvariants, MARKETPLACE_INVARIANTS } from '../checker.ts'
import { ownersRemain } from '../invariants/owners-remain.ts'
import { suspensionsHold } from '../invariants/suspensions-hold.ts'
import { seededRandom } from '../seed.ts'
import { createMeeting } from './meeting.ts'
import { race } from './race.ts'

const NAME = '@acme/site-import'
const RULES = [...MARKETPLACE_INVARIANTS, ownersRemain, suspensionsHold]

t.test('what publishers, reviewers and moderators do in the same moment', async (t) => {
  const random = seededRandom(t)
  const meeting = createMeeting()
  const rig = await openMarketplace(t, { checker: await openChecker(t), place: { watch: meeting.watch } })
  const { store, clock, publishing, reviews: desk, author, reviewer } = rig
  const moderator = rig.person('moderator', ['moderator'])
  const second = rig.person('second', ['reviewer'])
  await rig.openPublisher()
  await rig.publish(packageOf('1.0.0'))
  const look = store.asSystem('a test looks')
  const sound = async (t: Test) => void t.same(await checkInvariants(store, RULES), [])
  let number = 0

  /** A version whose review the reviewer holds. */
  async function inReview(name = NAME, who = reviewer) {
    const version = `1.1.${++number}`
    const change = { manifest: (manifest: { name: string }) => Object.assign(manifest, { name }) }
    const { reviewId = '' } = await rig.upload(packageOf(version, change))
    const { digest } = got(await desk.claim(who, reviewId))
    const state = async () => (await look(versions).get(`${name}@${version}`))?.state
    return { version, reviewId, digest, state }
  }
  const approve = ({ reviewId, digest }: { reviewId: string; digest: string }, who = reviewer) =>
    desk.decide(who, reviewId, { verdict: 'approve', reasons: [], digest })

  await t.test('an approval and the suspension of the publisher', async (t) => {
    await race(meeting, random, async () => {
      const waiting = await inReview()
      const outcome: Awaited<ReturnType<typeof approve>>[] = []
      let then: string | undefined
      return {
        main: async () => outcome.push(await approve(waiting)),
        rival: async () => {
          got(await publishing.suspensions.publisher(moderator, 'acme', 'Spam'))
          then = await waiting.state()
        },
        check: async () => {
          const [answer] = outcome
          t.equal(await waiting.state(), answer?.ok ? 'published' : 'in_review')
          if (then === 'in_review') t.equal(answer && codeOf(answer), 'SUBMISSION_STATE', 'nothing comes afterwards')
          await sound(t)
          got(await publishing.suspensions.publisher(moderator, 'acme', undefined))
          if (!answer?.ok) got(await approve(waiting))
          await sound(t)
        },
      }
    })
  })

  await t.test('an approval and the suspension of the extension', async (t) => {
    await race(meeting, random, async () => {
      const waiting = await inReview()
      return {
        main: async () => got(await approve(waiting)),
        rival: async () => got(await publishing.suspensions.extension(moderator, NAME, 'Spam')),
        check: async () => {
          t.equal((await look(extensions).get(NAME))?.status, 'suspended')
          await sound(t)
          t.equal(got(await publishing.suspensions.extension(moderator, NAME, undefined)).status, 'listed')
          await sound(t)
        },
      }
    })
  })

  await t.test('two verdicts', async (t) => {
    await race(meeting, random, async () => {
      const waiting = await inReview()
      const { reviewId, digest } = waiting
      const outcomes: Awaited<ReturnType<typeof approve>>[] = []
      return {
        main: async () => outcomes.push(await approve(waiting)),
        rival: async () => {
          clock.move(CLAIM_MS)
          if (!(await desk.claim(second, reviewId)).ok) return
          const reject = { verdict: 'reject', reasons: ['So it was drawn'], digest } as const
          outcomes.push(await desk.decide(second, reviewId, reject))
        },
        check: async () => {
          t.equal(outcomes.filter(({ ok }) => ok).length, 1, 'one of them counts')
          const by = (await look(reviews).get(reviewId))?.decidedBy
          t.equal(await waiting.state(), by === 'user:usr_reviewer' ? 'published' : 'rejected')
          await sound(t)
        },
      }
    })
  })

  await t.test('verdicts about two versions of an extension that is new', async (t) => {
    await race(meeting, random, async () => {
      const name = `@acme/works-${++number}`
      const one = await inReview(name)
      const other = await inReview(name, second)
      const verdict = () => random.pick(['approve', 'reject'] as const)
      const decide = async (who: typeof reviewer, { reviewId, digest }: typeof one) =>
        got(await desk.decide(who, reviewId, { verdict: verdict(), reasons: ['So it was drawn'], digest }))
      return { main: () => decide(reviewer, one), rival: () => decide(second, other), check: () => sound(t) }
    })
  })

  await t.test('one verdict twice', async (t) => {
    await race(meeting, random, async () => {
      const waiting = await inReview()
      return {
        main: async () => got(await approve(waiting)),
        rival: async () => got(await approve(waiting)),
        check: () => sound(t),
      }
    })
  })

  await t.test('a channel that is moved to a version which is yanked', async (t) => {
    const yank = { act: 'yank', reason: 'So it was drawn' } as const
    const life = createVersionLife({ ...rig, killList: { ready: async () => {}, append: async () => {} } })
    await race(meeting, random, async () => {
      const waiting = await inReview()
      got(await approve(waiting))
      const channel = random.pick(['latest', 'stable'])
      return {
        main: () => publishing.channels.set(author, NAME, channel, { version: waiting.version }),
        rival: async () => got(await life.change(moderator, { extension: NAME, version: waiting.version }, yank)),
        check: () => sound(t),
      }
    })
  })

  await t.test('a withdrawal and an approval', async (t) => {
    await race(meeting, random, async () => {
      const waiting = await inReview()
      const { submissionId = '' } = (await look(reviews).get(waiting.reviewId)) ?? {}
      const outcomes: { ok: boolean }[] = []
      return {
        main: async () => outcomes.push(await approve(waiting)),
        rival: async () => outcomes.push(await publishing.submissions.withdraw(author, submissionId)),
        check: async () => {
          t.equal(outcomes.filter(({ ok }) => ok).length, 1)
          await sound(t)
        },
      }
    })
  })

  await t.test('the last owners of a publisher', async (t) => {
    // Of two nodes: on one, its trail alone would let only one of them commit.
    const audit = auditOn(rig, 'node-2')
    t.teardown(() => audit.close())
    const [here, there] = [publishing.publishers, createPublishers({ ...rig, audit })]
    await race(
      meeting,
      random,
      async (round) => {
        const [ann, bob] = [rig.person(`ann${round}`), rig.person(`bob${round}`)]
        const slug = `works-${round}`
        got(await here.create(ann, { slug }))
        await joinPublisher(rig, ann, { slug, identity: bob, role: 'owner' })
        const goes = (node: typeof here, who: typeof ann, other: typeof ann) =>
          random.pick([
            () => node.removeMember(who, slug, who.userId),
            () => node.removeMember(who, slug, other.userId),
            () => node.changeRole(who, slug, who.userId, 'maintainer'),
            () => node.changeRole(who, slug, other.userId, 'maintainer'),
          ])
        return { main: goes(here, ann, bob), rival: goes(there, bob, ann), check: () => sound(t) }
      },
      { short: 8 },
    )
  })
})
