import type { Identity } from '../../../marketplace/accounts/identity.ts'
import {
  createPublisherInvitations,
  type PublisherInvitationsDeps,
} from '../../../marketplace/publishing/publisher-invitations.ts'
import type { PublisherRole } from '../../../marketplace/publishing/publishing-collections.ts'
import { got } from './open-marketplace.ts'

/** Makes a person a member the one way there is: an owner invites, they accept. */
export async function joinPublisher(
  deps: Omit<PublisherInvitationsDeps, 'pepper'>,
  owner: Identity,
  { slug, identity, role }: { slug: string; identity: Identity; role: PublisherRole },
): Promise<void> {
  const invitations = createPublisherInvitations({ ...deps, pepper: new Uint8Array(32).fill(3) })
  const { token } = got(await invitations.create(owner, slug, { userId: identity.userId, role }))
  got(await invitations.accept(identity, token))
}
