import { installations } from '../../../marketplace/installations/installation-collections.ts'
import type { Invariant } from '../invariant.ts'

const OVER = new Set(['failed', 'uninstalled'])

export const statesFollowReasons: Invariant = {
  name: 'an installation runs when there is no reason against it, and keeps its place while it lives',
  async check({ all }) {
    return (await all(installations)).flatMap(({ _id, state, disabled = {}, liveKey, extension }) => {
      const reasons = Object.keys(disabled)
      return [
        ...(state === 'active' && reasons.length > 0 ? [`${_id} runs in spite of ${reasons}`] : []),
        ...(state === 'disabled' && reasons.length === 0 ? [`${_id} is disabled for nothing`] : []),
        ...(OVER.has(state) !== (liveKey === undefined) ? [`${_id} is ${state} with the key ${liveKey}`] : []),
        ...(liveKey !== undefined && liveKey !== extension ? [`${_id} has the place of ${liveKey}`] : []),
      ]
    })
  },
}
