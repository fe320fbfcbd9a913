import type { Test } from 'tap'
import { createEntitlements } from '../../marketplace/catalog/entitlements.ts'
import { createRatings } from '../../marketplace/catalog/ratings.ts'
import { createKilledRows } from '../../marketplace/installations/killed-rows.ts'
import { createLicences } from '../../marketplace/installations/licences.ts'
import type { KillTarget } from '../../marketplace/kill-list/kill-entry.ts'
import { createKillFollower } from '../../marketplace/kill-list/kill-follower.ts'
import { createKillList, type KillWish } from '../../marketplace/kill-list/kill-list.ts'
import { createVersionLife, type VersionAct } from '../../marketplace/publishing/version-life.ts'
import { openInstallations } from '../marketplace/rig/open-installations.ts'
import { got } from '../marketplace/rig/open-marketplace.ts'

export type ModeratedRig = Awaited<ReturnType<typeof openModerated>>

/**
 * Installations, and all that moderators, publishers and organizations decide about them. Nothing follows the kill list:
 * this is the node whose copy is a moment old, where only what is stored can stop anything.
 */
export async function openModerated(t: Pick<Test, 'teardown'>, options: Parameters<typeof openInstallations>[1]) {
  const rig = await openInstallations(t, options)
  const { store, log, secretBox, installing, signing } = rig
  const follower = createKillFollower({ store, log, secretBox })
  const rows = createKilledRows(installing)
  const killList = createKillList({ ...rig, keys: signing.keys, follower, rows })
  t.teardown(() => killList.stop())
  const licences = createLicences(installing)
  const versionLife = createVersionLife({ ...rig, killList })
  const moderator = rig.person('moderator', ['moderator'])
  return {
    ...rig,
    killList,
    licences,
    moderator,
    ratings: createRatings({ ...rig, hasUsed: licences.hasUsed }),
    entitlements: createEntitlements({ ...rig, license: licences.license }),
    change: (extension: string, version: string, act: VersionAct) =>
      versionLife.change(moderator, { extension, version }, act),
    /** And whatever follows from it is done. Answers the entry, to be lifted. */
    async kill(target: KillTarget, action: KillWish['action']): Promise<number> {
      const { seq } = got(await killList.add('user:usr_moderator', { target, action, reason: 'it does harm' }))
      await rig.jobs.runDue()
      return seq
    },
    async lift(seq: number): Promise<void> {
      got(await killList.lift('user:usr_moderator', seq, 'a mistake'))
      await rig.jobs.runDue()
    },
  }
}
