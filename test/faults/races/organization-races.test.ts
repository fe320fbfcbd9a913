import t, { type Test } from 'tap'
import { members, type Role } from '../../../marketplace/accounts/accounts-collections.ts'
import { createMembers } from '../../../marketplace/accounts/members.ts'
import { createOrganizations, memberId } from '../../../marketplace/accounts/organizations.ts'
import { createEntitlements } from '../../../marketplace/catalog/entitlements.ts'
import { entitlements } from '../../../marketplace/catalog/listing-collections.ts'
import { createInstallRequests } from '../../../marketplace/installations/install-requests.ts'
import { installations } from '../../../marketplace/installations/installation-collections.ts'
import { caller, extensionOf, sheetOf } from '../../marketplace/rig/open-installations.ts'
import { got, openChecker } from '../../marketplace/rig/open-marketplace.ts'
import { auditOn } from '../../runtime/audit/open-test-audit.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { checkInvariants, INSTALLATION_INVARIANTS, LISTING_INVARIANTS } from '../checker.ts'
import { openModerated } from '../open-moderated.ts'
import { seededRandom } from '../seed.ts'
import { createMeeting } from './meeting.ts'
import { race } from './race.ts'

const NAME = '@acme/site-import'
const PAID = '@acme/site-report'
const DAY_MS = 24 * 3_600_000
const PRICING = { model: 'SUBSCRIPTION', price: 900, currency: 'EUR', trialPeriod: 14 }
const RULES = [...INSTALLATION_INVARIANTS, ...LISTING_INVARIANTS]

t.test('what the people of an organization do in the same moment', async (t) => {
  const random = seededRandom(t)
  const meeting = createMeeting()
  const place = { watch: meeting.watch }
  const rig = await openModerated(t, { checker: await openChecker(t), sandbox: await openSandbox(t), place })
  const { store, clock, ratings } = rig
  await rig.publish(extensionOf('1.0.0'))
  await rig.publish(extensionOf('1.0.0', { name: PAID, annex: { pricing: PRICING } }))
  const sound = async (t: Test) => void t.same(await checkInvariants(store, RULES), [])
  const organizations = createOrganizations(rig)

  /** A person of an organization that is there, who may install. */
  function admin(organizationId: string, name = 'admin') {
    const principal = caller(organizationId)
    if (principal.kind !== 'user') throw new Error('a person')
    return { ...principal, userId: `usr_${name}` }
  }

  async function install(organizationId: string, extension = NAME) {
    const who = admin(organizationId)
    const { grant } = sheetOf(await rig.installations.install(who, extension, {}))
    got(await rig.installations.install(who, extension, { grant }))
    return who
  }

  await t.test('the last owners', async (t) => {
    // Of two nodes: on one, its trail alone would let only one of them commit.
    const audit = auditOn(rig, 'node-2')
    t.teardown(() => audit.close())
    const [here, there] = [createMembers(rig), createMembers({ store, audit })]
    await race(
      meeting,
      random,
      async () => {
        const { id } = await organizations.found('usr_ann', 'Works')
        const bob = { _id: memberId(id, 'usr_bob'), userId: 'usr_bob', role: 'owner', since: clock.iso() } as const
        await store.forOrganization(id)(members).insert(bob)
        const acts = (team: typeof here, own: string, other: string) => {
          const actor = { userId: own, organizationId: id, role: 'owner' as Role }
          return random.pick([
            () => team.remove(actor, own),
            () => team.remove(actor, other),
            () => team.changeRole(actor, own, 'member'),
            () => team.changeRole(actor, other, 'admin'),
          ])
        }
        return {
          main: acts(here, 'usr_ann', 'usr_bob'),
          rival: acts(there, 'usr_bob', 'usr_ann'),
          check: () => sound(t),
        }
      },
      { short: 8 },
    )
  })

  await t.test('two decisions about one request', async (t) => {
    const requests = createInstallRequests(rig)
    await race(
      meeting,
      random,
      async (round) => {
        const organization = `org_request_${round}`
        const [one, other] = [admin(organization, 'one'), admin(organization, 'other')]
        const member = { ...admin(organization, 'member'), role: 'member' as const }
        const { id } = got(await requests.create(member, { extension: NAME, message: 'For the new sites' }))
        const { grant } = sheetOf(await requests.approve(one, id, {}))
        const approve = (who: typeof one) => () => requests.approve(who, id, { grant })
        const decline = () => requests.decline(other, id, 'Not now')
        return {
          main: approve(one),
          rival: random.pick([approve(other), decline]),
          check: async () => {
            await rig.jobs.runDue()
            const { data } = await requests.list(one, {})
            t.equal(data.length, 1)
            t.not(data[0]?.state, 'open')
            const there = await store.forOrganization(organization)(installations).find({})
            t.equal(there.data.length, 1, 'it is installed once')
            await sound(t)
          },
        }
      },
      { short: 3 },
    )
  })

  await t.test('ratings, given twice, taken back, and those of others', async (t) => {
    const [one, other] = [await install('org_one'), await install('org_other')]
    clock.move(DAY_MS)
    await race(
      meeting,
      random,
      async () => {
        const rate = (who: typeof one) => {
          const stars = random.between(1, 5)
          return () => ratings.rate(who, NAME, { stars, text: 'So it was drawn' })
        }
        const withdraw = () => ratings.withdraw(one, NAME)
        const acts = () => random.pick([rate(one), rate(one), rate(other), withdraw])
        return { main: acts(), rival: acts(), check: () => sound(t) }
      },
      { short: 10 },
    )
  })

  await t.test('a trial is begun twice, or a plan is taken beside it', async (t) => {
    await race(
      meeting,
      random,
      async (round) => {
        const who = admin(`org_trial_${round}`)
        const plans = [random.pick(['trial', 'paid'] as const), random.pick(['trial', 'paid'] as const)]
        const outcomes: { ok: boolean }[] = []
        const take = (plan: 'trial' | 'paid') => async () => {
          outcomes.push(await rig.entitlements.take(who, PAID, plan))
        }
        return {
          main: take(plans[0] ?? 'trial'),
          rival: take(plans[1] ?? 'trial'),
          check: async () => {
            const [had] = (await store.forOrganization(who.organizationId)(entitlements).find({})).data
            t.equal(had?.plan, plans.includes('paid') ? 'paid' : 'trial', plans.join(' and '))
            if (plans[0] === plans[1])
              t.ok(
                outcomes.every(({ ok }) => ok),
                'the same twice is the same',
              )
            await sound(t)
          },
        }
      },
      { short: 5 },
    )
  })

  await t.test('a trial ends while a plan is taken', async (t) => {
    await race(meeting, random, async (round) => {
      const organization = `org_end_${round}`
      const who = admin(organization)
      got(await rig.entitlements.take(who, PAID, 'trial'))
      await install(organization, PAID)
      clock.move(15 * DAY_MS)
      return {
        main: () => rig.entitlements.sweep(),
        rival: async () => got(await rig.entitlements.take(who, PAID, 'paid')),
        check: async () => {
          const [live] = (await store.forOrganization(organization)(installations).find({})).data
          t.equal(live?.state, 'active', 'what is paid for runs')
          await sound(t)
        },
      }
    })
  })

  await t.test('two nodes see to the same trials', async (t) => {
    const second = createEntitlements({ ...rig, license: rig.licences.license })
    await race(meeting, random, async (round) => {
      const organization = `org_sweep_${round}`
      got(await rig.entitlements.take(admin(organization), PAID, 'trial'))
      await install(organization, PAID)
      clock.move(15 * DAY_MS)
      return {
        main: () => rig.entitlements.sweep(),
        rival: () => second.sweep(),
        check: async () => {
          const [live] = (await store.forOrganization(organization)(installations).find({})).data
          t.equal(live?.state, 'disabled')
          await sound(t)
        },
      }
    })
  })
})
