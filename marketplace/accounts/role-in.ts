import type { Store } from '../../runtime/storage/port.ts'
import { members, type Role } from './accounts-collections.ts'
import { memberId } from './organizations.ts'

/** The user's role in the organization at this moment; nothing when they are no member. */
export async function roleIn(store: Store, organizationId: string, userId: string): Promise<Role | undefined> {
  const documents = store.asSystem('the rights of who acts are looked up')(members)
  return (await documents.get(memberId(organizationId, userId)))?.role
}
