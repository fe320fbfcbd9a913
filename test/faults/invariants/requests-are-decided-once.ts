import { installRequests } from '../../../marketplace/installations/install-requests-collection.ts'
import { installations } from '../../../marketplace/installations/installation-collections.ts'
import { outboxEvents } from '../../../runtime/storage/outbox-collections.ts'
import type { Invariant } from '../invariant.ts'

export const requestsAreDecidedOnce: Invariant = {
  name: 'a request for an extension is open, or decided once and told so',
  async check({ all }) {
    const there = new Set((await all(installations)).map(({ _id }) => _id))
    const told = (await all(outboxEvents)).filter(({ type }) => /^install_request\.(approved|declined)$/.test(type))
    return (await all(installRequests)).flatMap(({ _id, state, openKey, decision }) => {
      const times = told.filter(({ payload }) => (payload as { requestId?: string }).requestId === _id).length
      const open = state === 'open'
      return [
        ...(open === (openKey !== undefined) ? [] : [`${_id} is ${state} with the key ${openKey}`]),
        ...(open === (decision === undefined) ? [] : [`${_id} is ${state} with ${decision ? 'a' : 'no'} decision`]),
        ...(times === (open ? 0 : 1) ? [] : [`${_id} is ${state} and was told ${times} times`]),
        ...(state !== 'approved' || there.has(decision?.installationId ?? '')
          ? []
          : [`${_id} was approved with no installation`]),
      ]
    })
  },
}
