import { Type } from '@sinclair/typebox'
import { Id, Instant, ShownScopes } from './schemas.ts'

export const PlatformRole = Type.Union([Type.Literal('operator'), Type.Literal('reviewer'), Type.Literal('moderator')])
export const Role = Type.Union([Type.Literal('owner'), Type.Literal('admin'), Type.Literal('member')])

export const Email = Type.String({ minLength: 3, maxLength: 254 })
/** The length that counts is checked by the accounts, on the normalised form. */
export const Password = Type.String({ minLength: 1, maxLength: 1024 })
export const Token = Type.String({ minLength: 1, maxLength: 512 })

export const User = Type.Object({
  id: Id,
  email: Type.String(),
  name: Type.String(),
  platformRoles: Type.Array(PlatformRole),
  createdAt: Instant,
})

export const Organization = Type.Object({ id: Id, name: Type.String(), createdAt: Instant })
export const OwnOrganization = Type.Object({ ...Organization.properties, role: Role })

export const SessionTokens = {
  accessToken: Type.String({ description: 'A JWT for `Authorization: Bearer`' }),
  refreshToken: Type.String({ description: 'Good for one refresh' }),
  expiresIn: Type.Integer({ description: 'Seconds until the access token expires' }),
}

export const ApiKey = Type.Object({
  id: Id,
  organizationId: Id,
  name: Type.String(),
  description: Type.String(),
  keyPrefix: Type.String(),
  scopes: ShownScopes,
  requestsPerHour: Type.Integer(),
  status: Type.Union(['ACTIVE', 'EXPIRES_SOON', 'EXPIRED', 'REVOKED'].map((status) => Type.Literal(status))),
  createdAt: Instant,
  expiresAt: Instant,
  lastUsedAt: Type.Optional(Instant),
  revokedAt: Type.Optional(Instant),
})

export const Member = Type.Object({
  userId: Id,
  email: Type.String(),
  name: Type.String(),
  role: Role,
  since: Instant,
})
