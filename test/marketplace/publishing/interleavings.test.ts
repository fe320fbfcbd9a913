import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import type { Identity } from '../../../marketplace/accounts/identity.ts'
import { extensions, submissions, versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { isPreRelease, versionKey } from '../../../marketplace/publishing/version-key.ts'
import { CLAIM_MS } from '../../../marketplace/review/claims.ts'
import { reviews } from '../../../marketplace/review/review-collections.ts'
import type { Collection, Stored } from '../../../runtime/storage/port.ts'
import { checkInvariants, MARKETPLACE_INVARIANTS } from '../../faults/checker.ts'
import type { Random } from '../../faults/random.ts'
import { rounds, seededRandom } from '../../faults/seed.ts'
import { got, openChecker, openMarketplace, packageOf, type Rig } from '../rig/open-marketplace.ts'

const VERSIONS = ['1.0.0', '1.0.1', '1.1.0-beta.1', '1.1.0', '0.9.0']
const PUBLISHERS = ['acme', 'acne']
const WITHIN_MS = CLAIM_MS / 2

/** Refusals are what losing looks like; anything thrown fails the test. */
type Act = (rig: Rig, random: Random) => Promise<unknown>

const ACTS: readonly Act[] = [
  upload,
  upload,
  upload,
  (rig) => rig.jobs.runDue(),
  (rig) => rig.jobs.runDue(),
  (rig, random) =>
    onOne(rig, random, submissions, ({ _id }) => rig.publishing.submissions.withdraw(author(rig, random), _id)),
  (rig, random) =>
    onOne(rig, random, submissions, ({ _id }) => rig.publishing.submissions.retry(author(rig, random), _id)),
  (rig, random) => onOne(rig, random, reviews, ({ _id }) => rig.reviews.claim(reviewer(rig, random), _id)),
  (rig, random) => onOne(rig, random, reviews, ({ _id }) => rig.reviews.release(reviewer(rig, random), _id)),
  decide,
  decide,
  decide,
  async (rig, random) => rig.clock.move(random.pick([1, WITHIN_MS, CLAIM_MS])),
]

/** Two people of two publishers; both upload for both, and one of each may not. */
function author(rig: Rig, random: Random): Identity {
  return rig.person(random.pick(['ann', 'bob']))
}

function reviewer(rig: Rig, random: Random): Identity {
  return rig.person(random.pick(['first', 'second', 'ann']), ['reviewer'])
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

async function decide(rig: Rig, random: Random): Promise<void> {
  await onOne(rig, random, reviews, async ({ _id, digest }) => {
    const who = reviewer(rig, random)
    if (random.between(0, 2) > 0) await rig.reviews.claim(who, _id)
    const verdict = random.pick(['approve', 'approve', 'approve', 'reject', 'changes_requested'] as const)
    await rig.reviews.decide(who, _id, { verdict, reasons: ['So it was drawn'], digest })
  })
}

async function all<T extends Stored>(rig: Rig, collection: Collection<T>): Promise<T[]> {
  return (await rig.store.asSystem('a test looks at everything')(collection).find({ limit: 1000 })).data
}

async function onOne<T extends Stored>(
  rig: Rig,
  random: Random,
  collection: Collection<T>,
  act: (document: T) => Promise<unknown>,
): Promise<void> {
  const documents = await all(rig, collection)
  if (documents.length > 0) await act(random.pick(documents))
}

/** What must hold beside the invariants whenever nothing is under way. */
async function violations(rig: Rig): Promise<string[]> {
  const published = (await all(rig, versions)).filter(({ state }) => state === 'published')
  const found: string[] = []
  for (const { _id, tags } of await all(rig, extensions)) {
    const mine = published.filter(({ extension }) => extension === _id).map(({ version }) => version)
    const highest = mine
      .filter((version) => !isPreRelease(version))
      .sort(byOrder)
      .at(-1)
    // A release may be sent to a channel of its own, and then it is not the latest.
    if (tags.latest !== undefined && (highest === undefined || byOrder(highest, tags.latest) < 0))
      found.push(`latest of ${_id} is ${tags.latest}, the highest release is ${highest}`)
    for (const version of Object.values(tags))
      if (!mine.includes(version)) found.push(`a channel of ${_id} names ${version}, which is not published`)
  }
  for (const { publisher, submissionId } of published) {
    const submission = (await all(rig, submissions)).find(({ _id }) => _id === submissionId)
    const member = submission && (await rig.publishing.publishers.roleOf(submission.uploadedBy, publisher))
    if (!member) found.push(`${submission?.uploadedBy} published for ${publisher}`)
  }
  return found
}

function byOrder(a: string, b: string): number {
  return (versionKey(a) ?? '') < (versionKey(b) ?? '') ? -1 : 1
}

t.test('whatever two publishers, reviewers and the queue do at once, the rules hold', async (t) => {
  const random = seededRandom(t)
  const checker = await openChecker(t)
  for (let round = 0; round < rounds(2); round++) {
    const rig = await openMarketplace(t, { checker })
    got(await rig.publishing.publishers.create(rig.person('ann'), { slug: 'acme' }))
    got(await rig.publishing.publishers.create(rig.person('bob'), { slug: 'acne' }))
    for (let batch = 0; batch < 25; batch++) {
      const acts = Array.from({ length: random.between(1, 6) }, () => ({
        act: random.pick(ACTS),
        after: random.between(0, 4),
      }))
      await Promise.all(
        acts.map(async ({ act, after }) => {
          for (let i = 0; i < after; i++) await turn()
          await act(rig, random)
        }),
      )
    }
    await rig.jobs.runDue()
    t.same(await violations(rig), [])
    t.same(await checkInvariants(rig.store, MARKETPLACE_INVARIANTS), [])
    const states = (await all(rig, submissions)).map(({ state }) => state)
    t.comment(`${states.length} submissions: ${[...new Set(states)].join(', ')}`)
  }
})
