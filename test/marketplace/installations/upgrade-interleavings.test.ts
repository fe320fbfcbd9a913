import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { installations } from '../../../marketplace/installations/installation-collections.ts'
import { UPGRADE_LIMITS } from '../../../marketplace/installations/upgrade-limits.ts'
import { versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { checkInvariants, INSTALLATION_INVARIANTS, MARKETPLACE_INVARIANTS } from '../../faults/checker.ts'
import type { Random } from '../../faults/random.ts'
import { rounds, seededRandom } from '../../faults/seed.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { caller, extensionOf, type InstallationRig, openInstallations, sheetOf } from '../rig/open-installations.ts'
import { openChecker } from '../rig/open-marketplace.ts'

const NAME = '@acme/site-import'
const DEPENDANT = '@acme/site-report'
const ADMIN = caller('org_a')
const WRITE = { scope: 'write:chantiers', reason: 'Creates the sites' }
const READ = { scope: 'read:timesheets', reason: 'Exports hours' }
const HANDLERS = ['onInstall', 'onUpgrade', 'onUninstall']
const LIFE = `async onInstall(ctx) { await ctx.kv.set('a', 1) }, async onUpgrade(ctx) { await ctx.kv.set('b', 1) },
  async onUninstall(ctx) { await ctx.kv.set('c', 1) }`

const RELEASES = [
  extensionOf('1.0.0', {
    members: LIFE,
    handlers: HANDLERS,
    annex: { permissions: { required: [WRITE], optional: [READ] } },
  }),
  extensionOf('1.1.0', { members: LIFE, handlers: HANDLERS }),
  extensionOf('1.2.0', { members: LIFE, handlers: HANDLERS, annex: { permissions: { required: [WRITE, READ] } } }),
  extensionOf('1.3.0', { members: 'async onUpgrade() { throw new Error("no") }', handlers: ['onUpgrade'] }),
  extensionOf('2.0.0', {
    members: LIFE,
    handlers: HANDLERS,
    annex: { permissions: { required: [WRITE], optional: [READ] } },
  }),
  extensionOf('1.0.0', { name: DEPENDANT, annex: { dependencies: { [NAME]: '^1.0.0' } } }),
]
const NUMBERS = ['1.0.0', '1.1.0', '1.2.0', '1.3.0', '2.0.0']

/** Refusals are what losing looks like; anything thrown fails the test. */
type Act = (rig: InstallationRig, random: Random) => Promise<unknown>

const ACTS: readonly Act[] = [
  install,
  install,
  upgrade,
  upgrade,
  upgrade,
  (rig) => withLive(rig, NAME, (id) => rig.installations.rollback(ADMIN, id, {})),
  (rig) => withLive(rig, NAME, (id) => rig.installations.disable(ADMIN, id)),
  (rig) => withLive(rig, NAME, (id) => rig.installations.enable(ADMIN, id)),
  narrow,
  narrow,
  (rig) => withLive(rig, NAME, (id) => rig.installations.uninstall(ADMIN, id)),
  (rig) => withLive(rig, DEPENDANT, (id) => rig.installations.uninstall(ADMIN, id)),
  (rig) => rig.installations.sweep(),
  async (rig, random) =>
    withLive(rig, NAME, (id) =>
      rig.installations.setPolicy(ADMIN, id, {
        ...{ auto: random.pick(['none', 'patch', 'minor', 'any'] as const), minAgeHours: 0, channel: 'latest' },
        excludes: random.pick([[], ['1.3.0']]),
      }),
    ),
  remove,
  async (rig) => rig.clock.move(UPGRADE_LIMITS.watchEveryMs),
  (rig) => rig.jobs.runDue(),
]

async function withLive(rig: InstallationRig, extension: string, act: (id: string) => Promise<unknown>) {
  const where = { liveKey: extension }
  const [live] = (await rig.store.forOrganization('org_a')(installations).find({ where, limit: 1 })).data
  if (live) await act(live._id)
}

async function install(rig: InstallationRig, random: Random): Promise<void> {
  const name = random.pick([NAME, DEPENDANT])
  const wish = name === NAME ? { version: random.pick(NUMBERS) } : {}
  const asked = await rig.installations.install(ADMIN, name, wish)
  if (asked.ok || asked.error.code !== 'CONSENT_REQUIRED') return
  const { grant, optional } = sheetOf(asked)
  const scopes = [...grant.scopes, ...(random.between(0, 1) === 1 ? optional.map(({ scope }) => scope) : [])]
  await rig.installations.install(ADMIN, name, { ...wish, grant: { ...grant, scopes } })
}

async function upgrade(rig: InstallationRig, random: Random): Promise<void> {
  const version = random.pick(NUMBERS)
  await withLive(rig, NAME, async (id) => {
    const asked = await rig.installations.upgrade(ADMIN, id, { version })
    if (asked.ok || asked.error.code !== 'CONSENT_REQUIRED' || random.between(0, 1) === 0) return
    await rig.installations.upgrade(ADMIN, id, { version, grant: sheetOf(asked).grant })
  })
}

/** Takes away whatever may be taken away. */
async function narrow(rig: InstallationRig): Promise<void> {
  await withLive(rig, NAME, async (id) => {
    const shown = await rig.installations.get(ADMIN, id)
    if (!shown.ok) return
    const { manifestDigest, hosts } = shown.value.grant
    await rig.installations.changeGrant(ADMIN, id, { manifestDigest, hosts, scopes: ['write:chantiers'] })
  })
}

/** A version goes or comes back: what is installed of it stays, what is not may not come. */
async function remove(rig: InstallationRig, random: Random): Promise<void> {
  const id = `${NAME}@${random.pick(NUMBERS)}`
  const set = { state: random.pick(['yanked', 'published', 'published', 'deprecated']) }
  await rig.store.asSystem('a test takes a version away')(versions).patch(id, { set })
}

t.test('whatever comes at once to an installation, the rules hold', async (t) => {
  const random = seededRandom(t)
  const checker = await openChecker(t)
  const sandbox = await openSandbox(t)
  for (let round = 0; round < rounds(1); round++) {
    const rig = await openInstallations(t, { checker, sandbox })
    for (const bytes of RELEASES) await rig.publish(bytes)
    let swaps = 0
    for (let batch = 0; batch < 25; batch++) {
      const acts = Array.from({ length: random.between(1, 5) }, () => ({
        act: random.pick(ACTS),
        after: random.between(0, 6),
      }))
      await Promise.all(
        acts.map(async ({ act, after }) => {
          for (let i = 0; i < after; i++) await turn()
          await act(rig, random)
        }),
      )
      const broken = await checkInvariants(rig.store, INSTALLATION_INVARIANTS)
      t.same(broken, [], `after batch ${batch}: ${acts.map(({ act }) => act.toString().slice(0, 90)).join('; ')}`)
    }
    rig.clock.move(60_000)
    await rig.jobs.runDue()
    const settled = (await rig.store.forOrganization('org_a')(installations).find({ limit: 1000 })).data
    for (const { _id, state, upgrade: left } of settled) {
      t.notOk(['installing', 'uninstalling'].includes(state), `${_id} is ${state}`)
      t.ok(left === undefined || left.step === 'awaiting_consent', `${_id} stays in ${left?.step}`)
      swaps += settled.filter(({ previous, lastUpgrade }) => previous || lastUpgrade).length
    }
    const rules = MARKETPLACE_INVARIANTS.filter(({ name }) => !/tell the same|channel/.test(name))
    t.same(await checkInvariants(rig.store, [...rules, ...INSTALLATION_INVARIANTS]), [])
    t.comment(`${settled.length} installations, ${swaps} with an upgrade behind them`)
  }
})
