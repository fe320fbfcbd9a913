import type { Audit } from '../../runtime/audit/audit.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { type PlatformRole, type UserDocument, users } from './accounts-collections.ts'
import { normalizeEmail } from './email.ts'

/** A user as others may see them. */
export interface User {
  id: string
  email: string
  name: string
  platformRoles: PlatformRole[]
  createdAt: string
}

export interface Users {
  get(userId: string): Promise<UserDocument | undefined>
  byEmail(email: string): Promise<UserDocument | undefined>
  /** Newest first. */
  list(page: { limit?: number; cursor?: string }): Promise<{ data: User[]; nextCursor?: string }>
  /** Replaces the platform roles of a user; `actor` is an operator. */
  setPlatformRoles(actor: string, userId: string, roles: readonly PlatformRole[]): Promise<Outcome<User>>
}

const REASON = 'users belong to no organization'

export function createUsers({ store, audit }: { store: Store; audit: Audit }): Users {
  const documents = () => store.asSystem(REASON)(users)
  return {
    get: (userId) => documents().get(userId),
    async byEmail(text) {
      const email = normalizeEmail(text)
      return email === undefined ? undefined : (await documents().find({ where: { email }, limit: 1 })).data[0]
    },
    async list(page) {
      const found = await documents().find({ sort: [['createdAt', 'desc']], ...page })
      return { ...found, data: found.data.map(publicUser) }
    },
    setPlatformRoles: (actor, userId, roles) =>
      store.tx(async (tx) => {
        const platformRoles = [...new Set(roles)].sort()
        const changed = await tx.asSystem(REASON)(users).patch(userId, { set: { platformRoles } })
        if (!changed) return refused('NOT_FOUND', 'there is no such user')
        const details = { platformRoles }
        const entry = { organizationId: 'system', actor, action: 'user.roles', target: userId, details }
        await audit.within(tx, { ...entry, outcome: 'allowed' })
        return { ok: true, value: publicUser(changed) }
      }),
  }
}

export function publicUser(user: UserDocument): User {
  const { _id: id, email, name, platformRoles, createdAt } = user
  return { id, email, name, platformRoles, createdAt }
}
