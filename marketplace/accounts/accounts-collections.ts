import type { GrantEntry } from '@annex/sdk/read-grants'
import type { UserPrincipal } from '../../runtime/permissions/principal.ts'
import { collection, type Stored } from '../../runtime/storage/port.ts'

export type PlatformRole = 'operator' | 'reviewer' | 'moderator'
export type Role = UserPrincipal['role']

export interface UserDocument extends Stored {
  /** NFKC, lower case; unique. */
  email: string
  name: string
  /** Argon2id in PHC form. */
  passwordHash: string
  platformRoles: PlatformRole[]
  createdAt: string
  /** Raised with each key, so that two creations at once meet in one document. */
  keyChanges: number
}

export interface SessionDocument extends Stored {
  userId: string
  createdAt: string
  /** The last instant at which a refresh may prolong it. */
  expiresAt: string
  endedAt?: string
}

/** `_id` is the keyed hash of the token. A used one stays until its session goes, to recognise its reuse. */
export interface RefreshTokenDocument extends Stored {
  sessionId: string
  expiresAt: string
  usedAt?: string
}

export interface OrganizationDocument extends Stored {
  name: string
  createdBy: string
  createdAt: string
  /** Raised with each change of the members, so that two changes at once meet in one document. */
  memberChanges: number
}

/** `_id` is `<organization>:<user>`. */
export interface MemberDocument extends Stored {
  userId: string
  role: Role
  since: string
}

export interface InvitationDocument extends Stored {
  email: string
  role: Role
  tokenHash: string
  invitedBy: string
  createdAt: string
  expiresAt: string
  acceptedAt?: string
}

export interface ApiKeyDocument extends Stored {
  userId: string
  name: string
  description: string
  /** HMAC-SHA-256 of the whole key under the pepper. */
  hash: string
  /** The first 8 characters, to tell keys apart. */
  keyPrefix: string
  scopes: GrantEntry[]
  /** Slugs that it may publish for. */
  publishers: string[]
  requestsPerHour: number
  createdAt: string
  expiresAt: string
  lastUsedAt?: string
  revokedAt?: string
}

/** `_id` names an account and an address. */
export interface LoginAttemptsDocument extends Stored {
  /** Instants of attempts that did not succeed, oldest first. */
  failures: string[]
  expiresAt: string
}

export const users = collection<UserDocument>({
  name: 'users',
  scope: 'system',
  indexes: { byEmail: { fields: ['email'], unique: true }, byCreation: { fields: ['createdAt'] } },
})

export const sessions = collection<SessionDocument>({
  name: 'sessions',
  scope: 'system',
  indexes: { byUser: { fields: ['userId'] }, byExpiry: { fields: ['expiresAt'] } },
})

export const refreshTokens = collection<RefreshTokenDocument>({
  name: 'refreshTokens',
  scope: 'system',
  indexes: { bySession: { fields: ['sessionId'] }, byExpiry: { fields: ['expiresAt'] } },
})

export const organizations = collection<OrganizationDocument>({
  name: 'organizations',
  scope: 'system',
  indexes: { byCreator: { fields: ['createdBy'] } },
})

export const members = collection<MemberDocument>({
  name: 'members',
  scope: 'organization',
  indexes: {
    bySince: { fields: ['since'] },
    byRole: { fields: ['role'] },
    byUser: { fields: ['userId'], global: true },
  },
})

export const invitations = collection<InvitationDocument>({
  name: 'invitations',
  scope: 'organization',
  indexes: {
    byToken: { fields: ['tokenHash'], unique: true, global: true },
    byCreation: { fields: ['createdAt'] },
  },
})

export const apiKeys = collection<ApiKeyDocument>({
  name: 'apiKeys',
  scope: 'organization',
  indexes: {
    byHash: { fields: ['hash'], unique: true, global: true },
    byUser: { fields: ['userId', 'createdAt'], global: true },
  },
})

export const loginAttempts = collection<LoginAttemptsDocument>({
  name: 'loginAttempts',
  scope: 'system',
  indexes: { byExpiry: { fields: ['expiresAt'] } },
})

export const accountsCollections = [
  users,
  sessions,
  refreshTokens,
  organizations,
  members,
  invitations,
  apiKeys,
  loginAttempts,
]
