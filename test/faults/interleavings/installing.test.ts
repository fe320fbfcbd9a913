import t from 'tap'
import { installations } from '../../../marketplace/installations/installation-collections.ts'
import { extensions, submissions, versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { CLAIM_MS } from '../../../marketplace/review/claims.ts'
import { reviews } from '../../../marketplace/review/review-collections.ts'
import {
  caller,
  extensionOf,
  type InstallationRig,
  openInstallations,
  sheetOf,
} from '../../marketplace/rig/open-installations.ts'
import { got, openChecker } from '../../marketplace/rig/open-marketplace.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { type Act, actsAtOnce } from '../acts-at-once.ts'
import { allOf } from '../all-of.ts'
import { checkInvariants, INSTALLATION_INVARIANTS, MARKETPLACE_INVARIANTS } from '../checker.ts'
import { latestIsTheHighest } from '../invariants/latest-is-the-highest.ts'
import { onOne } from '../on-one.ts'
import type { Random } from '../random.ts'
import { rounds, seededRandom } from '../seed.ts'

const NAME = '@acme/site-import'
const VERSIONS = ['1.0.0', '1.0.1', '1.1.0-rc.1', '1.1.0', '0.9.0']
const ORGANIZATIONS = ['org_a', 'org_b']
const RULES = [...MARKETPLACE_INVARIANTS, ...INSTALLATION_INVARIANTS, latestIsTheHighest]

const ACTS: readonly Act<InstallationRig>[] = [
  ...[upload, work, withdraw, claim, release, decide, decide, wait, install, uninstall],
]

function upload(rig: InstallationRig, random: Random): Promise<unknown> {
  const bytes = extensionOf(random.pick(VERSIONS), { members: random.pick(['', 'extra: 1,']) })
  return rig.publishing.submissions.upload(rig.author, bytes)
}

function work(rig: InstallationRig): Promise<unknown> {
  return rig.jobs.runDue()
}

async function wait(rig: InstallationRig, random: Random): Promise<void> {
  rig.clock.move(random.pick([1, 1000, CLAIM_MS / 2, CLAIM_MS]))
}

function withdraw(rig: InstallationRig, random: Random): Promise<void> {
  return onOne(rig.store, random, submissions, ({ _id }) => rig.publishing.submissions.withdraw(rig.author, _id))
}

function reviewerOf(rig: InstallationRig, random: Random) {
  return rig.person(random.pick(['reviewer', 'second']), ['reviewer'])
}

function claim(rig: InstallationRig, random: Random): Promise<void> {
  return onOne(rig.store, random, reviews, ({ _id }) => rig.reviews.claim(reviewerOf(rig, random), _id))
}

function release(rig: InstallationRig, random: Random): Promise<void> {
  return onOne(rig.store, random, reviews, ({ _id }) => rig.reviews.release(reviewerOf(rig, random), _id))
}

function decide(rig: InstallationRig, random: Random): Promise<void> {
  return onOne(rig.store, random, reviews, async ({ _id, digest }) => {
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

async function uninstall(rig: InstallationRig, random: Random): Promise<void> {
  const who = caller(random.pick(ORGANIZATIONS))
  const { data } = got(await rig.installations.list(who, {}))
  if (data.length > 0) await rig.installations.uninstall(who, random.pick(data).id)
}

t.test('whatever comes at once from authors, reviewers and organizations, the rules hold', async (t) => {
  const random = seededRandom(t)
  const checker = await openChecker(t)
  const sandbox = await openSandbox(t)
  for (let round = 0; round < rounds(2); round++) {
    const rig = await openInstallations(t, { checker, sandbox })
    const check = ({ store }: InstallationRig) => checkInvariants(store, RULES)
    await actsAtOnce(t, random, rig, { acts: ACTS, check })
    await rig.jobs.runDue()
    t.same(await check(rig), [])
    const installed = await allOf(rig.store, installations)
    for (const { _id, state } of installed)
      t.notOk(state === 'installing' || state === 'uninstalling', `${_id} does not stay ${state}`)
    const shown = got(await rig.catalog.search({})).data.map(({ version }) => version)
    const latest = (await allOf(rig.store, extensions)).flatMap(({ tags }) => tags.latest ?? [])
    t.same(shown, latest, 'the catalog shows the latest')
    t.comment(`${(await allOf(rig.store, versions)).length} versions, ${installed.length} installations`)
  }
})
