import t from 'tap'
import type { Identity } from '../../../marketplace/accounts/identity.ts'
import { submissions } from '../../../marketplace/publishing/publishing-collections.ts'
import { CLAIM_MS } from '../../../marketplace/review/claims.ts'
import { reviews } from '../../../marketplace/review/review-collections.ts'
import { got, openChecker, openMarketplace, packageOf, type Rig } from '../../marketplace/rig/open-marketplace.ts'
import { type Act, actsAtOnce } from '../acts-at-once.ts'
import { allOf } from '../all-of.ts'
import { checkInvariants, MARKETPLACE_INVARIANTS } from '../checker.ts'
import { latestIsTheHighest } from '../invariants/latest-is-the-highest.ts'
import { membersPublish } from '../invariants/members-publish.ts'
import { suspensionsHold } from '../invariants/suspensions-hold.ts'
import { onOne } from '../on-one.ts'
import type { Random } from '../random.ts'
import { rounds, seededRandom } from '../seed.ts'

const VERSIONS = ['1.0.0', '1.0.1', '1.1.0-beta.1', '1.1.0', '0.9.0']
const PUBLISHERS = ['acme', 'acne']
const WITHIN_MS = CLAIM_MS / 2
const RULES = [...MARKETPLACE_INVARIANTS, latestIsTheHighest, membersPublish, suspensionsHold]

const ACTS: readonly Act<Rig>[] = [
  ...[upload, upload, upload, work, work, withdraw, retry, claim, release, decide, decide, decide, wait],
  ...[suspendPublisher, suspendExtension],
]

/** Two people of two publishers; both upload for both, and one of each may not. */
function author(rig: Rig, random: Random): Identity {
  return rig.person(random.pick(['ann', 'bob']))
}

function reviewer(rig: Rig, random: Random): Identity {
  return rig.person(random.pick(['first', 'second', 'ann']), ['reviewer'])
}

function work(rig: Rig): Promise<unknown> {
  return rig.jobs.runDue()
}

async function wait(rig: Rig, random: Random): Promise<void> {
  rig.clock.move(random.pick([1, WITHIN_MS, CLAIM_MS]))
}

/** The same number with other bytes, and the same bytes twice, among them. */
function upload(rig: Rig, random: Random): Promise<unknown> {
  const publisher = random.pick(PUBLISHERS)
  const line = random.pick(['', '// other bytes\n'])
  const bytes = packageOf(random.pick(VERSIONS), {
    manifest: (manifest) => Object.assign(manifest, { name: `@${publisher}/site-import` }),
    files: { 'src/index.ts': `export default {}\n${line}` },
  })
  const channel = random.pick([undefined, undefined, 'beta'])
  return rig.publishing.submissions.upload(author(rig, random), bytes, channel === undefined ? {} : { channel })
}

function withdraw(rig: Rig, random: Random): Promise<void> {
  const who = author(rig, random)
  return onOne(rig.store, random, submissions, ({ _id }) => rig.publishing.submissions.withdraw(who, _id))
}

function retry(rig: Rig, random: Random): Promise<void> {
  const who = author(rig, random)
  return onOne(rig.store, random, submissions, ({ _id }) => rig.publishing.submissions.retry(who, _id))
}

function claim(rig: Rig, random: Random): Promise<void> {
  return onOne(rig.store, random, reviews, ({ _id }) => rig.reviews.claim(reviewer(rig, random), _id))
}

function release(rig: Rig, random: Random): Promise<void> {
  return onOne(rig.store, random, reviews, ({ _id }) => rig.reviews.release(reviewer(rig, random), _id))
}

function decide(rig: Rig, random: Random): Promise<void> {
  return onOne(rig.store, random, reviews, async ({ _id, digest }) => {
    const who = reviewer(rig, random)
    if (random.between(0, 2) > 0) await rig.reviews.claim(who, _id)
    const verdict = random.pick(['approve', 'approve', 'approve', 'reject', 'changes_requested'] as const)
    await rig.reviews.decide(who, _id, { verdict, reasons: ['So it was drawn'], digest })
  })
}

function suspendPublisher(rig: Rig, random: Random): Promise<unknown> {
  const reason = random.pick(['So it was drawn', undefined, undefined])
  return rig.publishing.suspensions.publisher(rig.person('mod', ['moderator']), random.pick(PUBLISHERS), reason)
}

function suspendExtension(rig: Rig, random: Random): Promise<unknown> {
  const name = `@${random.pick(PUBLISHERS)}/site-import`
  const reason = random.pick(['So it was drawn', undefined])
  return rig.publishing.suspensions.extension(rig.person('mod', ['moderator']), name, reason)
}

t.test('whatever two publishers, reviewers, moderators and the queue do at once, the rules hold', async (t) => {
  const random = seededRandom(t)
  const checker = await openChecker(t)
  for (let round = 0; round < rounds(2); round++) {
    const rig = await openMarketplace(t, { checker })
    got(await rig.publishing.publishers.create(rig.person('ann'), { slug: 'acme' }))
    got(await rig.publishing.publishers.create(rig.person('bob'), { slug: 'acne' }))
    const check = ({ store }: Rig) => checkInvariants(store, RULES)
    await actsAtOnce(t, random, rig, { acts: ACTS, check })
    await rig.jobs.runDue()
    t.same(await check(rig), [])
    const states = (await allOf(rig.store, submissions)).map(({ state }) => state)
    t.comment(`${states.length} submissions: ${[...new Set(states)].join(', ')}`)
  }
})
