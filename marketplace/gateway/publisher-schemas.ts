import { Type } from '@sinclair/typebox'
import { oneOf } from './marketplace-schemas.ts'
import { Id, Instant } from './schemas.ts'

const Text = Type.String()

export const PublisherRole = oneOf(['owner', 'maintainer'])
export const DomainMethod = oneOf(['dns', 'well-known'])
const Domain = Type.String({ description: 'Registrable, in punycode' })
export const VerifiedDomain = Type.Object({ domain: Domain, method: DomainMethod, at: Instant })
const Publication = {
  place: Type.String({ description: 'Where: the name of a TXT record, or the address of a file' }),
  line: Type.String({ description: 'What: it counts for this publisher and this domain alone' }),
}
export const DomainChallenge = Type.Object({
  domain: Domain,
  method: DomainMethod,
  ...Publication,
  startedAt: Instant,
})
export const VerificationStatus = Type.Object({
  challenge: Type.Optional(DomainChallenge),
  verified: Type.Optional(
    Type.Object({
      ...VerifiedDomain.properties,
      checkedAt: Instant,
      ...Publication,
      failingSince: Type.Optional(
        Type.String({ format: 'date-time', description: 'Since then the answers of the domain lack the line' }),
      ),
      lostAt: Type.Optional(Type.String({ format: 'date-time', description: 'When the mark goes if that goes on' })),
    }),
  ),
})
export const PublisherInvitation = Type.Object({
  id: Id,
  email: Type.Optional(Text),
  userId: Type.Optional(Id),
  role: PublisherRole,
  invitedBy: Id,
  createdAt: Instant,
  expiresAt: Instant,
})
export const Publisher = Type.Object({
  slug: Text,
  displayName: Text,
  state: oneOf(['active', 'suspended']),
  verified: Type.Optional(VerifiedDomain),
  createdAt: Instant,
})
export const OwnPublisher = Type.Object({ ...Publisher.properties, role: PublisherRole })
export const PublisherMember = Type.Object({ userId: Id, role: PublisherRole, addedAt: Instant })
