import t, { type Test } from 'tap'
import { consents, installations } from '../../../marketplace/installations/installation-collections.ts'
import { caller, extensionOf, sheetOf } from '../../marketplace/rig/open-installations.ts'
import { codeOf, got, openChecker } from '../../marketplace/rig/open-marketplace.ts'
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
const [OLD, NEW] = ['1.0.0', '2.0.0']
const READ = { scope: 'read:timesheets', reason: 'Exports hours' }
const WRITE = { scope: 'write:chantiers', reason: 'Creates the sites' }
const RELEASE = {
  members: `async onUpgrade(ctx) { await ctx.kv.set('b', 1) },`,
  handlers: ['onUpgrade'],
  annex: { permissions: { required: [WRITE], optional: [READ] } },
}
const RULES = [
  ...[...MARKETPLACE_INVARIANTS, ...INSTALLATION_INVARIANTS],
  ...[killedDoesNotRun, removedIsKilled, suspensionsHold],
]

t.test('an upgrade and a rollback, and what ends their right', async (t) => {
  const random = seededRandom(t)
  const meeting = createMeeting()
  const place = { watch: meeting.watch }
  const rig = await openModerated(t, { checker: await openChecker(t), sandbox: await openSandbox(t), place })
  const { store, installations: product } = rig
  await rig.publish(extensionOf(OLD, RELEASE))
  await rig.publish(extensionOf(NEW, RELEASE))
  const sound = async (t: Test) => void t.same(await checkInvariants(store, RULES), [])
  let number = 0

  /** An organization that has one version, and is about to have the other one. */
  async function installed(to: 'upgrade' | 'rollback', { from = OLD, target = NEW } = {}) {
    const organization = `org_${++number}`
    const who = caller(organization)
    const first = { version: from }
    const { grant, optional } = sheetOf(await product.install(who, NAME, first))
    const scopes = [...grant.scopes, ...optional.map(({ scope }) => scope)]
    const { id } = got(await product.install(who, NAME, { ...first, grant: { ...grant, scopes } })).installation
    const upgrade = () => product.upgrade(who, id, { version: target })
    if (to === 'rollback') got(await upgrade())
    const read = async () => {
      const found = await store.forOrganization(organization)(installations).get(id)
      if (!found) throw new Error(`${id} is gone`)
      return found
    }
    const rollback = () => product.rollback(who, id, {})
    return {
      who,
      id,
      read,
      rollback,
      act: to === 'upgrade' ? upgrade : rollback,
      goal: to === 'upgrade' ? target : from,
    }
  }

  for (const to of ['upgrade', 'rollback'] as const) {
    await t.test(`${to}: the version is removed`, async (t) => {
      await race(meeting, random, async () => {
        const [from, target] = [`1.1.${++number}`, `2.1.${number}`]
        await rig.publish(extensionOf(from, RELEASE))
        await rig.publish(extensionOf(target, RELEASE))
        const { read, act, goal } = await installed(to, { from, target })
        let then = ''
        return {
          main: act,
          rival: async () => {
            got(await rig.change(NAME, goal, { act: 'remove', reason: 'Harm' }))
            then = (await read()).version
          },
          check: async () => {
            await rig.jobs.runDue()
            const { version, upgrade } = await read()
            if (then !== goal) t.not(version, goal, `it was ${then}`)
            t.equal(upgrade, undefined)
            await sound(t)
          },
        }
      })
    })

    for (const which of ['comes', 'goes'] as const)
      await t.test(`${to}: the version that ${which} is killed`, async (t) => {
        await race(meeting, random, async () => {
          const action = which === 'goes' ? 'disable' : random.pick(['disable', 'uninstall', 'block'] as const)
          const { read, act, goal } = await installed(to)
          const other = goal === NEW ? OLD : NEW
          const version = which === 'comes' ? goal : other
          let then = ''
          let seq = 0
          return {
            main: act,
            rival: async () => {
              seq = await rig.kill({ kind: 'version', extension: NAME, version }, action)
              then = (await read()).version
            },
            check: async () => {
              await rig.jobs.runDue()
              const after = await read()
              if (which === 'comes' && then !== goal) t.equal(after.version, other, 'it does not come any more')
              if (after.version === goal && which === 'goes') t.equal(after.state, 'active', 'the other one runs')
              await sound(t)
              await rig.lift(seq)
              await sound(t)
            },
          }
        })
      })

    await t.test(`${to}: a part of the grant is revoked`, async (t) => {
      await race(meeting, random, async () => {
        const { who, id, read, act } = await installed(to)
        const { manifestDigest, hosts } = (await read()).consent
        const narrow = () => product.changeGrant(who, id, { manifestDigest, hosts, scopes: ['write:chantiers'] })
        let revoked = false
        return {
          main: act,
          rival: async () => {
            revoked = (await narrow()).ok
          },
          check: async () => {
            await rig.jobs.runDue()
            const { grants } = await read()
            if (revoked)
              t.notOk(
                grants.some(({ scope }) => scope === 'read:timesheets'),
                'and does not come back',
              )
            await sound(t)
          },
        }
      })
    })

    await t.test(`${to}: it is uninstalled, or disabled`, async (t) => {
      await race(meeting, random, async (round) => {
        const { who, id, read, act } = await installed(to)
        const uninstall = round % 4 === 3
        return {
          main: act,
          rival: () => (uninstall ? product.uninstall(who, id) : product.disable(who, id)),
          check: async () => {
            await rig.jobs.runDue()
            const { state, disabled } = await read()
            t.equal(state, uninstall ? 'uninstalled' : 'disabled')
            if (!uninstall) t.ok(disabled?.admin, "the admin's reason survives")
            await sound(t)
          },
        }
      })
    })

    await t.test(`${to}: the key that signed the version is revoked`, async (t) => {
      await race(meeting, random, async () => {
        const { read, act, goal } = await installed(to)
        return {
          main: act,
          rival: async () => {
            const [live] = (await rig.signing.keys.list({})).data.filter(({ state }) => state === 'active')
            if (live) got(await rig.signing.keys.revoke('user:usr_operator', live.kid, 'It leaked'))
          },
          check: async () => {
            // What is refused for its key is tried again, and signed anew meanwhile.
            for (let tries = 0; tries < 4; tries++) {
              rig.clock.move(60_000)
              await rig.jobs.runDue()
            }
            const { version, upgrade } = await read()
            t.equal(upgrade, undefined)
            t.equal(version, goal, 'it comes all the same')
            await rig.packages.load((await read()).digest, { ...(await read()), organizationId: 'org_any' })
            await sound(t)
          },
        }
      })
    })
  }

  await t.test('a rollback onto a version that was killed is refused', async (t) => {
    const { read, rollback } = await installed('rollback')
    const seq = await rig.kill({ kind: 'digest', digest: (await read()).previous?.digest ?? '' }, 'block')
    t.equal(codeOf(await rollback()), 'EXTENSION_KILLED')
    t.match(await read(), { version: NEW, state: 'active' })
    t.notOk((await read()).upgrade, 'nothing is begun')
    await rig.lift(seq)
    t.equal(got(await rollback()).installation.version, OLD, 'until that is lifted')
  })
  t.comment(`${(await store.asSystem('a test counts')(consents).find({ limit: 1000 })).data.length} agreements`)
})
