import { caller } from '../../marketplace/rig/open-installations.ts'
import { got } from '../../marketplace/rig/open-marketplace.ts'
import { placeOf, prepareAll, VERSIONS } from './many-organizations.ts'
import type { Scenario } from './scenario.ts'

/** Back to the version before. */
export const rollingBack: Scenario = {
  name: 'rolling-back',
  async act(t, place, round) {
    const at = await placeOf(t, place, round)
    if (round === 0) await prepareAll(at, (each) => each.upgrade())
    const installed = await at.installed()
    if (!installed) throw new Error('nothing is installed')
    if (installed.version === VERSIONS.OLD) return
    const back = got(await at.rig.installations.rollback(caller(`org_${round}`), installed.id, {}))
    if (back.installation.version !== VERSIONS.OLD) throw new Error('the rollback is not finished')
  },
}
