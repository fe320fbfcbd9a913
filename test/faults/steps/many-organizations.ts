import type { Test } from 'tap'
import type { Installation } from '../../../marketplace/installations/installation-view.ts'
import {
  caller,
  extensionOf,
  type InstallationRig,
  openInstallations,
  sheetOf,
} from '../../marketplace/rig/open-installations.ts'
import { got, openChecker } from '../../marketplace/rig/open-marketplace.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import type { ScenarioPlace } from './scenario.ts'

const NAME = '@acme/site-import'
const [OLD, NEW] = ['1.0.0', '1.1.0'] as const
/** More than a scenario has steps: each is killed in the organization of its round. */
const ORGANIZATIONS = 20
const HANDLERS = ['onInstall', 'onUpgrade', 'onUninstall']
const MEMBERS = `async onInstall(ctx) { await ctx.kv.set('a', 1) }, async onUpgrade(ctx) { await ctx.kv.set('b', 1) },
  async onUninstall(ctx) { await ctx.kv.set('c', 1) }`

/** The organization of a round, and the extension in it. */
export interface Place {
  rig: InstallationRig
  /** What is installed there now. */
  installed(): Promise<Installation | undefined>
  install(): Promise<void>
  upgrade(): Promise<void>
}

export const VERSIONS = { OLD, NEW }

/** The marketplace with two versions that have every handler of their life cycle. */
export async function placeOf(t: Pick<Test, 'teardown'>, place: ScenarioPlace, round: number): Promise<Place> {
  const guests = place.guests ?? { checker: await openChecker(t), sandbox: await openSandbox(t) }
  const rig = await openInstallations(t, { ...guests, place })
  return inOrganization(rig, round)
}

/** What is only done once, before anything is killed: the versions, and `prepare` in the organization of every round. */
export async function prepareAll(
  { rig }: Place,
  prepare: (place: Place) => Promise<void> = async () => {},
): Promise<void> {
  await publish(rig, OLD)
  for (let round = 0; round < ORGANIZATIONS; round++) await inOrganization(rig, round).install()
  await publish(rig, NEW)
  for (let round = 0; round < ORGANIZATIONS; round++) await prepare(inOrganization(rig, round))
}

export async function publish(rig: InstallationRig, version: string): Promise<void> {
  await rig.publish(extensionOf(version, { members: MEMBERS, handlers: HANDLERS }))
}

function inOrganization(rig: InstallationRig, round: number): Place {
  const who = caller(`org_${round}`)
  const installed = async () => {
    const { data } = got(await rig.installations.list(who, {}))
    return data.find(({ state }) => state !== 'failed')
  }
  return {
    rig,
    installed,
    async install() {
      const wish = { version: OLD }
      const { grant } = sheetOf(await rig.installations.install(who, NAME, wish))
      const { finished } = got(await rig.installations.install(who, NAME, { ...wish, grant }))
      if (!finished) throw new Error('the installation is not finished')
    },
    async upgrade() {
      const { id } = (await installed()) ?? { id: '' }
      const { finished, installation } = got(await rig.installations.upgrade(who, id, { version: NEW }))
      if (!finished || installation.version !== NEW) throw new Error('the upgrade is not finished')
    },
  }
}
