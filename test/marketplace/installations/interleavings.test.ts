import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { installations } from '../../../marketplace/installations/installation-collections.ts'
import { extensions, submissions, versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { isPreRelease, versionKey } from '../../../marketplace/publishing/version-key.ts'
import { CLAIM_MS } from '../../../marketplace/review/claims.ts'
import { reviews } from '../../../marketplace/review/review-collections.ts'
import { outboxEvents } from '../../../runtime/storage/outbox-collections.ts'
import type { Collection, Stored } from '../../../runtime/storage/port.ts'
import type { Random } from '../../faults/random.ts'
import { rounds, seededRandom } from '../../faults/seed.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { caller, extensionOf, type InstallationRig, openInstallations, sheetOf } from '../rig/open-installations.ts'
import { got, openChecker } from '../rig/open-marketplace.ts'

const NAME = '@acme/site-import'
const VERSIONS = ['1.0.0', '1.0.1', '1.1.0-rc.1', '1.1.0', '0.9.0']
const ORGANIZATIONS = ['org_a', 'org_b']

/** Refusals are what losing looks like; anything thrown fails the test. */
type Act = (rig: InstallationRig, random: Random) => Promise<unknown>

const ACTS: readonly Act[] = [
  (rig, random) => rig.publishing.submissions.upload(rig.author, bytesOf(random)),
  (rig) => rig.jobs.runDue(),
  async (rig, random) =>
    withOne(rig, random, submissions, ({ _id }) => rig.publishing.submissions.withdraw(rig.author, _id)),
  async (rig, random) => withOne(rig, random, reviews, ({ _id }) => rig.reviews.claim(reviewerOf(rig, random), _id)),
  async (rig, random) => withOne(rig, random, reviews, ({ _id }) => rig.reviews.release(reviewerOf(rig, random), _id)),
  decide,
  decide,
  async (rig, random) => rig.clock.move(random.pick([1, 1000, CLAIM_MS / 2, CLAIM_MS])),
  install,
  async (rig, random) => {
    const who = caller(random.pick(ORGANIZATIONS))
    const { data } = got(await rig.installations.list(who, {}))
    if (data.length > 0) await rig.installations.uninstall(who, random.pick(data).id)
  },
]

function bytesOf(random: Random): Uint8Array {
  return extensionOf(random.pick(VERSIONS), { members: random.pick(['', 'extra: 1,']) })
}

function reviewerOf(rig: InstallationRig, random: Random) {
  return rig.person(random.pick(['reviewer', 'second']), ['reviewer'])
}

async function all<T extends Stored>(rig: InstallationRig, collection: Collection<T>): Promise<T[]> {
  return (await rig.store.asSystem('a test looks at everything')(collection).find({ limit: 1000 })).data
}

async function withOne<T extends Stored>(
  rig: InstallationRig,
  random: Random,
  collection: Collection<T>,
  act: (document: T) => Promise<unknown>,
): Promise<void> {
  const documents = await all(rig, collection)
  if (documents.length > 0) await act(random.pick(documents))
}

async function decide(rig: InstallationRig, random: Random): Promise<void> {
  await withOne(rig, random, reviews, async ({ _id, digest }) => {
    const who = reviewerOf(rig, random)
    if (random.between(0, 2) > 0) await rig.reviews.claim(who, _id)
    const verdict = random.pick(['approve', 'approve', 'approve', 'reject', 'changes_requested'] as const)
    await rig.reviews.decide(who, _id, { verdict, reasons: ['So it was drawn'], digest })
  })
}

async function install(rig: InstallationRig, random: Random): Promise<void> {
  const who = caller(random.pick(ORGANIZATIONS))
  const asked = await rig.installations.install(who, NAME, {})
  if (asked.ok || asked.error.code !== 'CONSENT_REQUIRED') return
  await rig.installations.install(who, NAME, { grant: sheetOf(asked).grant })
}

/** What must hold whenever nothing is under way. */
async function violations(rig: InstallationRig): Promise<string[]> {
  const found: string[] = []
  const [allVersions, allSubmissions, allReviews] = [
    await all(rig, versions),
    await all(rig, submissions),
    await all(rig, reviews),
  ]
  for (const version of allVersions) {
    const mine = allSubmissions.filter(({ version: number, reviewId }) => number === version.version && reviewId)
    const [submission] = mine
    if (mine.length !== 1 || submission?.digest !== version.digest)
      found.push(`${version._id}: ${mine.length} submissions`)
    if (submission?.state !== version.state)
      found.push(`${version._id} is ${version.state}, its submission ${submission?.state}`)
    const review = allReviews.find(({ _id }) => _id === submission?.reviewId)
    const done = review?.state === 'done' ? review.verdict : review?.state
    const fits: Record<string, (string | undefined)[]> = {
      in_review: ['queued', 'claimed'],
      published: ['approve'],
      rejected: ['reject'],
      changes_requested: ['changes_requested'],
      withdrawn: ['called_off', 'changes_requested'],
    }
    if (!fits[version.state]?.includes(done)) found.push(`${version._id} is ${version.state}, its review ${done}`)
    if (!(await rig.store.blobs.get(version.digest))) found.push(`${version._id} has no bytes`)
  }
  const published = allVersions.filter(({ state }) => state === 'published')
  const events = (await all(rig, outboxEvents)).filter(({ type }) => type === 'version.published')
  if (events.length !== published.length) found.push(`${events.length} events for ${published.length} publications`)
  const stable = published.map(({ version }) => version).filter((version) => !isPreRelease(version))
  const highest = stable.sort((a, b) => ((versionKey(a) ?? '') < (versionKey(b) ?? '') ? 1 : -1))[0]
  const [extension] = await all(rig, extensions)
  if (extension?.tags.latest !== highest) found.push(`latest is ${extension?.tags.latest}, the highest is ${highest}`)
  const shown = got(await rig.catalog.search({})).data.map(({ version }) => version)
  if (shown[0] !== highest) found.push(`the catalog shows ${shown}, the highest is ${highest}`)
  return [
    ...found,
    ...(await installationViolations(
      rig,
      published.map(({ version }) => version),
    )),
  ]
}

async function installationViolations(rig: InstallationRig, published: readonly string[]): Promise<string[]> {
  const everything = await all(rig, installations)
  const live = everything.filter(({ state }) => state !== 'failed' && state !== 'uninstalled')
  const found = ORGANIZATIONS.filter((id) => live.filter(({ organizationId }) => organizationId === id).length > 1)
  for (const { _id, state, version, liveKey } of everything) {
    if (state === 'installing' || state === 'uninstalling') found.push(`${_id} stays ${state}`)
    if ((liveKey !== undefined) !== (state === 'active')) found.push(`${_id} is ${state} with the key ${liveKey}`)
    if (!published.includes(version)) found.push(`${_id} is of ${version}, which is not published`)
  }
  return found
}

t.test('whatever comes at once, the rules hold', async (t) => {
  const random = seededRandom(t)
  const checker = await openChecker(t)
  const sandbox = await openSandbox(t)
  for (let round = 0; round < rounds(2); round++) {
    const rig = await openInstallations(t, { checker, sandbox })
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
    t.comment(`${(await all(rig, versions)).length} versions, ${(await all(rig, installations)).length} installations`)
  }
})
