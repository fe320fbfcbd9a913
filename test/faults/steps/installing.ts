import { placeOf, publish, VERSIONS } from './many-organizations.ts'
import type { Scenario } from './scenario.ts'

/** From consent to running: the bytes, the health check, `onInstall`, the write that lets it run. */
export const installing: Scenario = {
  name: 'installing',
  async act(t, place, round) {
    const at = await placeOf(t, place, round)
    if (round === 0) await publish(at.rig, VERSIONS.OLD)
    await at.install()
  },
}
