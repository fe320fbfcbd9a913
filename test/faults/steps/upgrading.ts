import { placeOf, prepareAll } from './many-organizations.ts'
import type { Scenario } from './scenario.ts'

/** From the wish to the write that changes the version: staged beside the one that runs, checked, `onUpgrade`. */
export const upgrading: Scenario = {
  name: 'upgrading',
  async act(t, place, round) {
    const at = await placeOf(t, place, round)
    if (round === 0) await prepareAll(at)
    await at.upgrade()
  },
}
