import { caller } from '../../marketplace/rig/open-installations.ts'
import { got } from '../../marketplace/rig/open-marketplace.ts'
import { placeOf, prepareAll } from './many-organizations.ts'
import type { Scenario } from './scenario.ts'

/** The end of every right, the goodbye of the extension, the end of what it kept. */
export const uninstalling: Scenario = {
  name: 'uninstalling',
  async act(t, place, round) {
    const at = await placeOf(t, place, round)
    if (round === 0) await prepareAll(at)
    const installed = await at.installed()
    if (!installed) return
    const { finished } = got(await at.rig.installations.uninstall(caller(`org_${round}`), installed.id))
    if (!finished) throw new Error('the uninstalling is not finished')
  },
}
