import type { KeyPrincipal, UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { type InstallationDocument, installations } from './installation-collections.ts'

/** Who asks: a person or key that acts for an organization. Changes are for its owners and admins. */
export type Caller = UserPrincipal | KeyPrincipal

/** Extensions see only what their grant shows; keys, which are programs too, see only the resources of theirs. */
export async function readInstallation(
  { store }: { store: Store },
  caller: Caller,
  id: string,
): Promise<InstallationDocument | undefined> {
  if (caller.kind !== 'user') return undefined
  return store.forOrganization(caller.organizationId)(installations).get(id)
}
