import { members, organizations } from '../../../marketplace/accounts/accounts-collections.ts'
import { publisherMembers, publishers } from '../../../marketplace/publishing/publishing-collections.ts'
import type { Invariant } from '../invariant.ts'

/** Without an owner nobody can ever change who belongs to it. */
export const ownersRemain: Invariant = {
  name: 'an organization and a publisher have an owner',
  async check({ all }) {
    const owning = new Set((await all(members)).filter(({ role }) => role === 'owner').map((one) => one.organizationId))
    const owned = new Set(
      (await all(publisherMembers)).filter(({ role }) => role === 'owner').map((one) => one.publisher),
    )
    return [
      ...(await all(organizations)).filter(({ _id }) => !owning.has(_id)).map(({ _id }) => `${_id} has none`),
      ...(await all(publishers)).filter(({ _id }) => !owned.has(_id)).map(({ _id }) => `${_id} has none`),
    ]
  },
}
