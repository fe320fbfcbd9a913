import type { Handle } from '../../runtime/storage/port.ts'
import { members } from '../accounts/accounts-collections.ts'
import { memberId } from '../accounts/organizations.ts'
import { publisherMembers, type Visibility } from './publishing-collections.ts'

/**
 * Whether only organizations see it that an owner of the publisher is a member of: their own work, which nobody else has
 * to be protected from.
 */
export async function isForOwn(
  handle: Handle,
  publisher: string,
  visibility: Visibility | undefined,
): Promise<boolean> {
  if (visibility?.kind !== 'organization') return false
  const owners = await handle(publisherMembers).find({ where: { publisher, role: 'owner' }, limit: 100 })
  for (const organization of visibility.organizations) {
    const ids = owners.data.map(({ userId }) => memberId(organization, userId))
    if ((await handle(members).getMany(ids)).length === 0) return false
  }
  return true
}
