import { entitlements } from '../../../marketplace/catalog/listing-collections.ts'
import { installations } from '../../../marketplace/installations/installation-collections.ts'
import type { Invariant } from '../invariant.ts'

/** Of entitlements that somebody has seen to: a trial that has just ended still runs until then. */
export const licencesFollowEntitlements: Invariant = {
  name: 'an installation is held for want of a licence when its trial has ended, and not with a plan',
  async check({ all }) {
    const had = new Map((await all(entitlements)).map((one) => [`${one.organizationId} ${one.extension}`, one]))
    return (await all(installations)).flatMap(({ _id, organizationId, extension, state, disabled }) => {
      const entitlement = had.get(`${organizationId} ${extension}`)
      if (!entitlement || (state !== 'active' && state !== 'disabled')) return []
      const ended = entitlement.ended === true
      if (ended === (disabled?.licence !== undefined)) return []
      return [`${_id} is ${ended ? 'not ' : ''}held, with ${entitlement.plan}${ended ? ' that has ended' : ''}`]
    })
  },
}
