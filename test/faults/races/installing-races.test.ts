import t, { type Test } from 'tap'
import { organizations } from '../../../marketplace/accounts/accounts-collections.ts'
import { installations } from '../../../marketplace/installations/installation-collections.ts'
import { kvKeys } from '../../../runtime/host-api/kv-documents.ts'
import { caller, extensionOf, sheetOf } from '../../marketplace/rig/open-installations.ts'
import { got, openChecker } from '../../marketplace/rig/open-marketplace.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { checkInvariants, INSTALLATION_INVARIANTS, MARKETPLACE_INVARIANTS } from '../checker.ts'
import { killedDoesNotRun } from '../invariants/killed-does-not-run.ts'
import { removedIsKilled } from '../invariants/removed-is-killed.ts'
import { suspensionsHold } from '../invariants/suspensions-hold.ts'
import { openModerated } from '../open-moderated.ts'
import { seededRandom } from '../seed.ts'
import { createMeeting } from './meeting.ts'
import { race } from './race.ts'

const NAME = '@acme/site-import'
const DEPENDANT = '@acme/site-report'
const LIFE = { members: `async onInstall(ctx) { await ctx.kv.set('a', 1) },`, handlers: ['onInstall'] }
const RULES = [
  ...[...MARKETPLACE_INVARIANTS, ...INSTALLATION_INVARIANTS],
  ...[killedDoesNotRun, removedIsKilled, suspensionsHold],
]

t.test('an installation, and what ends its right to come', async (t) => {
  const random = seededRandom(t)
  const meeting = createMeeting()
  const place = { watch: meeting.watch }
  const rig = await openModerated(t, { checker: await openChecker(t), sandbox: await openSandbox(t), place })
  const { store, publishing, author, moderator } = rig
  const at = rig.clock.iso()
  const elsewhere = { _id: 'org_elsewhere', name: 'Elsewhere', createdBy: 'usr_x', createdAt: at, memberChanges: 0 }
  await store.asSystem('a test plants an organization')(organizations).insert(elsewhere)
  await rig.publish(extensionOf('1.0.0', LIFE))
  await rig.publish(extensionOf('1.0.0', { name: DEPENDANT, annex: { dependencies: { [NAME]: '^1.0.0' } } }))
  const sound = async (t: Test) => void t.same(await checkInvariants(store, RULES), [])
  let number = 0

  /** An organization that is about to install, having seen what is asked for. */
  async function about(extension = NAME, version = '1.0.0') {
    const organization = `org_${++number}`
    const who = caller(organization)
    const { grant } = sheetOf(await rig.installations.install(who, extension, { version }))
    const documents = store.forOrganization(organization)(installations)
    const state = async () => {
      const { data } = await documents.find({ where: { liveKey: extension }, limit: 1 })
      return data[0]?.state ?? 'none'
    }
    return { who, state, install: () => rig.installations.install(who, extension, { version, grant }) }
  }

  /** What must not come after `act` was answered; `undo` takes it back. */
  async function against(
    t: Test,
    act: (version: string) => Promise<unknown>,
    undo?: (done: unknown) => Promise<unknown>,
    short?: number,
  ): Promise<void> {
    const prepare = async () => {
      const version = undo ? '1.0.0' : `1.0.${number + 1}`
      if (!undo) await rig.publish(extensionOf(version, LIFE))
      const { state, install } = await about(NAME, version)
      let then = ''
      let done: unknown
      return {
        main: install,
        rival: async () => {
          done = await act(version)
          then = await state()
        },
        check: async (waited: boolean) => {
          await rig.jobs.runDue()
          // Side by side, one that is only read may be answered while the installation commits.
          if (then !== 'active' && (waited || !undo)) t.not(await state(), 'active', `it was ${then}`)
          await sound(t)
          await undo?.(done)
        },
      }
    }
    await race(meeting, random, prepare, short === undefined ? {} : { short })
  }

  await t.test('its version is removed', (t) =>
    against(t, async (version) => got(await rig.change(NAME, version, { act: 'remove', reason: 'Harm' }))),
  )

  await t.test('its version is yanked', (t) =>
    against(t, async (version) => got(await rig.change(NAME, version, { act: 'yank', reason: 'Bad' }))),
  )

  await t.test('it is killed', (t) =>
    against(
      t,
      () => {
        const target = random.pick([{ kind: 'extension', extension: NAME }, VERSION] as const)
        return rig.kill(target, random.pick(['disable', 'uninstall', 'block'] as const))
      },
      (seq) => rig.lift(seq as number),
      2,
    ),
  )

  await t.test('its extension is suspended', (t) =>
    against(
      t,
      async () => got(await publishing.suspensions.extension(moderator, NAME, 'Spam')),
      async () => got(await publishing.suspensions.extension(moderator, NAME, undefined)),
    ),
  )

  await t.test('its publisher is suspended', (t) =>
    against(
      t,
      async () => got(await publishing.suspensions.publisher(moderator, 'acme', 'Spam')),
      async () => got(await publishing.suspensions.publisher(moderator, 'acme', undefined)),
    ),
  )

  await t.test('its extension is hidden from the organization', (t) =>
    against(
      t,
      async () =>
        got(await publishing.listings.set(author, NAME, { kind: 'organization', organizations: ['org_elsewhere'] })),
      async () => got(await publishing.listings.set(author, NAME, { kind: 'public' })),
    ),
  )

  await t.test('what it needs is uninstalled', async (t) => {
    await race(meeting, random, async () => {
      const needed = await about()
      const { installation } = got(await needed.install())
      // Of the same organization.
      const grant = sheetOf(await rig.installations.install(needed.who, DEPENDANT, {})).grant
      return {
        main: () => rig.installations.install(needed.who, DEPENDANT, { grant }),
        rival: () => rig.installations.uninstall(needed.who, installation.id),
        check: async () => {
          await rig.jobs.runDue()
          await sound(t)
        },
      }
    })
  })

  await t.test('a call that is under way when it ends', async (t) => {
    const { who, install } = await about()
    const { id } = got(await install()).installation
    got(await rig.installations.uninstall(who, id))
    const handle = store.forOrganization(who.organizationId)
    const late = { installationId: id, key: 'a', value: '1', revision: 1, expiresAt: '9999-12-31T23:59:59.999Z' }
    await handle(kvKeys).insert({ _id: `${id}:late`, ...late })
    rig.clock.move(60_000)
    await rig.jobs.runDue()
    t.notOk(await handle(kvKeys).get(`${id}:late`), 'what it writes afterwards is deleted too')
    await sound(t)
  })

  await t.test('another admin installs it, or uninstalls it', async (t) => {
    await race(meeting, random, async (round) => {
      const { who, install } = await about()
      const uninstall = async () => {
        const [one] = got(await rig.installations.list(who, {})).data
        if (one) await rig.installations.uninstall(who, one.id)
      }
      return {
        main: install,
        rival: round % 2 === 0 ? install : uninstall,
        check: async () => {
          await rig.jobs.runDue()
          await sound(t)
        },
      }
    })
  })
})

const VERSION = { kind: 'version', extension: NAME, version: '1.0.0' } as const
