import t from 'tap'
import { installations } from '../../../marketplace/installations/installation-collections.ts'
import { UPGRADE_LIMITS } from '../../../marketplace/installations/upgrade-limits.ts'
import { killEntries } from '../../../marketplace/kill-list/kill-list-collections.ts'
import { caller, extensionOf, sheetOf } from '../../marketplace/rig/open-installations.ts'
import { got, openChecker } from '../../marketplace/rig/open-marketplace.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { type Act, actsAtOnce } from '../acts-at-once.ts'
import { allOf } from '../all-of.ts'
import { checkInvariants, INSTALLATION_INVARIANTS, MARKETPLACE_INVARIANTS } from '../checker.ts'
import { killedDoesNotRun } from '../invariants/killed-does-not-run.ts'
import { removedIsKilled } from '../invariants/removed-is-killed.ts'
import { suspensionsHold } from '../invariants/suspensions-hold.ts'
import { onOne } from '../on-one.ts'
import { type ModeratedRig, openModerated } from '../open-moderated.ts'
import type { Random } from '../random.ts'
import { rounds, seededRandom } from '../seed.ts'

const NAME = '@acme/site-import'
const DEPENDANT = '@acme/site-report'
const ADMIN = caller('org_a')
const BY = 'user:usr_moderator'
const WRITE = { scope: 'write:chantiers', reason: 'Creates the sites' }
const READ = { scope: 'read:timesheets', reason: 'Exports hours' }
const HANDLERS = ['onInstall', 'onUpgrade', 'onUninstall']
const LIFE = `async onInstall(ctx) { await ctx.kv.set('a', 1) }, async onUpgrade(ctx) { await ctx.kv.set('b', 1) },
  async onUninstall(ctx) { await ctx.kv.set('c', 1) }`
const RULES = [
  ...[...MARKETPLACE_INVARIANTS, ...INSTALLATION_INVARIANTS],
  ...[killedDoesNotRun, removedIsKilled, suspensionsHold],
]

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

const ACTS: readonly Act<ModeratedRig>[] = [
  ...[install, install, upgrade, upgrade, upgrade, rollback, disable, enable, narrow, narrow, uninstall],
  ...[uninstallDependant, sweep, setPolicy, changeVersion, kill, lift, suspend, wait, work, work],
]

async function withLive(rig: ModeratedRig, extension: string, act: (id: string) => Promise<unknown>) {
  const where = { liveKey: extension }
  const [live] = (await rig.store.forOrganization('org_a')(installations).find({ where, limit: 1 })).data
  if (live) await act(live._id)
}

async function install(rig: ModeratedRig, random: Random): Promise<void> {
  const name = random.pick([NAME, DEPENDANT])
  const wish = name === NAME ? { version: random.pick(NUMBERS) } : {}
  const asked = await rig.installations.install(ADMIN, name, wish)
  if (asked.ok || asked.error.code !== 'CONSENT_REQUIRED') return
  const { grant, optional } = sheetOf(asked)
  const scopes = [...grant.scopes, ...(random.between(0, 1) === 1 ? optional.map(({ scope }) => scope) : [])]
  await rig.installations.install(ADMIN, name, { ...wish, grant: { ...grant, scopes } })
}

async function upgrade(rig: ModeratedRig, random: Random): Promise<void> {
  const version = random.pick(NUMBERS)
  await withLive(rig, NAME, async (id) => {
    const asked = await rig.installations.upgrade(ADMIN, id, { version })
    if (asked.ok || asked.error.code !== 'CONSENT_REQUIRED' || random.between(0, 1) === 0) return
    await rig.installations.upgrade(ADMIN, id, { version, grant: sheetOf(asked).grant })
  })
}

function rollback(rig: ModeratedRig): Promise<void> {
  return withLive(rig, NAME, (id) => rig.installations.rollback(ADMIN, id, {}))
}

function disable(rig: ModeratedRig): Promise<void> {
  return withLive(rig, NAME, (id) => rig.installations.disable(ADMIN, id))
}

function enable(rig: ModeratedRig): Promise<void> {
  return withLive(rig, NAME, (id) => rig.installations.enable(ADMIN, id))
}

/** Takes away whatever may be taken away. */
async function narrow(rig: ModeratedRig): Promise<void> {
  await withLive(rig, NAME, async (id) => {
    const shown = await rig.installations.get(ADMIN, id)
    if (!shown.ok) return
    const { manifestDigest, hosts } = shown.value.grant
    await rig.installations.changeGrant(ADMIN, id, { manifestDigest, hosts, scopes: ['write:chantiers'] })
  })
}

function uninstall(rig: ModeratedRig): Promise<void> {
  return withLive(rig, NAME, (id) => rig.installations.uninstall(ADMIN, id))
}

function uninstallDependant(rig: ModeratedRig): Promise<void> {
  return withLive(rig, DEPENDANT, (id) => rig.installations.uninstall(ADMIN, id))
}

function sweep(rig: ModeratedRig): Promise<void> {
  return rig.installations.sweep()
}

function setPolicy(rig: ModeratedRig, random: Random): Promise<void> {
  const auto = random.pick(['none', 'patch', 'minor', 'any'] as const)
  const excludes = random.pick([[], ['1.3.0']])
  const policy = { auto, minAgeHours: 0, channel: 'latest', excludes }
  return withLive(rig, NAME, (id) => rig.installations.setPolicy(ADMIN, id, policy))
}

/** A version goes or comes back: what is installed of it stays, what is not may not come. One of them may go for good. */
function changeVersion(rig: ModeratedRig, random: Random): Promise<unknown> {
  const reason = 'So it was drawn'
  const version = random.pick(NUMBERS)
  const act = random.pick([
    ...([{ act: 'yank', reason }, { act: 'unyank' }, { act: 'unyank' }] as const),
    ...([{ act: 'deprecate', message: reason }, { act: 'undeprecate' }, { act: 'remove', reason }] as const),
  ])
  return rig.change(NAME, act.act === 'remove' ? '1.2.0' : version, act)
}

async function kill(rig: ModeratedRig, random: Random): Promise<void> {
  const target = { kind: 'version', extension: NAME, version: random.pick(NUMBERS) } as const
  const action = random.pick(['disable', 'disable', 'block', 'uninstall'] as const)
  got(await rig.killList.add(BY, { target, action, reason: 'So it was drawn' }))
}

function lift(rig: ModeratedRig, random: Random): Promise<void> {
  return onOne(rig.store, random, killEntries, ({ seq }) => rig.killList.lift(BY, seq, 'a mistake'))
}

function suspend(rig: ModeratedRig, random: Random): Promise<unknown> {
  const reason = random.pick(['So it was drawn', undefined, undefined])
  return rig.publishing.suspensions.extension(rig.moderator, NAME, reason)
}

async function wait(rig: ModeratedRig): Promise<void> {
  rig.clock.move(UPGRADE_LIMITS.watchEveryMs)
}

function work(rig: ModeratedRig): Promise<unknown> {
  return rig.jobs.runDue()
}

t.test('whatever comes at once to an installation, the rules hold', async (t) => {
  const random = seededRandom(t)
  const checker = await openChecker(t)
  const sandbox = await openSandbox(t)
  for (let round = 0; round < rounds(1); round++) {
    const rig = await openModerated(t, { checker, sandbox })
    for (const bytes of RELEASES) await rig.publish(bytes)
    const check = ({ store }: ModeratedRig) => checkInvariants(store, RULES)
    await actsAtOnce(t, random, rig, { acts: ACTS, check, most: 5, turns: 6 })
    rig.clock.move(60_000)
    await rig.jobs.runDue()
    const settled = await allOf(rig.store, installations)
    for (const { _id, state, upgrade: left } of settled) {
      t.notOk(['installing', 'uninstalling'].includes(state), `${_id} is ${state}`)
      t.ok(left === undefined || left.step === 'awaiting_consent', `${_id} stays in ${left?.step}`)
    }
    t.same(await check(rig), [])
    const upgraded = settled.filter(({ previous, lastUpgrade }) => previous || lastUpgrade).length
    t.comment(`${settled.length} installations, ${upgraded} with an upgrade behind them`)
  }
})
