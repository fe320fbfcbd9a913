import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Ids } from '../../runtime/ids.ts'
import { StorageConflict, type Store, type Transaction } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { type PlatformRole, type UserDocument, users } from './accounts-collections.ts'
import { normalizeEmail } from './email.ts'
import type { Invitations } from './invitations.ts'
import type { Organization, Organizations } from './organizations.ts'
import type { Passwords } from './passwords.ts'
import { randomSecret } from './secret-text.ts'
import type { Sessions, SessionTokens } from './sessions.ts'
import { publicUser, type User } from './users.ts'

export interface Registration {
  email: string
  password: string
  name?: string
  /** The name of the personal organization. */
  organization?: string
  /** With an invitation's token there is no personal organization. */
  invitation?: string
}

export interface SignUp {
  register(draft: Registration): Promise<Outcome<{ tokens: SessionTokens; user: User; organization: Organization }>>
  /** Makes a signed-in user a member of the organization that invited them. */
  acceptInvitation(user: { userId: string; email: string }, token: string): Promise<Outcome<Organization>>
  /** On an empty store: the first operator, with a password that is told once. Else `undefined`. */
  createFirstOperator(email: string): Promise<FirstOperator | undefined>
}

export interface FirstOperator {
  email: string
  /** Told here and never again. */
  password: string
  userId: string
  organizationId: string
}

interface SignUpDependencies {
  store: Store
  clock: Clock
  ids: Ids
  audit: Audit
  passwords: Passwords
  sessions: Sessions
  organizations: Organizations
  invitations: Invitations
}

const REASON = 'users belong to no organization'

export function createSignUp(deps: SignUpDependencies): SignUp {
  return {
    register: (draft) => register(deps, draft),
    async acceptInvitation({ userId, email }, token) {
      return deps.store.tx((tx) => accept(deps, tx, { id: userId, email }, token))
    },
    async createFirstOperator(text) {
      const email = normalizeEmail(text)
      if (email === undefined) throw new Error(`the operator's address is malformed: ${text}`)
      const { data } = await deps.store
        .asSystem(REASON)(users)
        .find({ sort: [['createdAt', 'asc']], limit: 1 })
      if (data.length > 0) return undefined
      const password = randomSecret().slice(0, 24)
      const created = await register(deps, { email, password, name: 'Operator' }, ['operator', 'reviewer', 'moderator'])
      // Another node was first.
      if (!created.ok && created.error.code === 'EMAIL_TAKEN') return undefined
      if (!created.ok) throw new Error(created.error.message)
      const { user, organization } = created.value
      return { email, password, userId: user.id, organizationId: organization.id }
    },
  }
}

async function register(
  deps: SignUpDependencies,
  draft: Registration,
  platformRoles: PlatformRole[] = [],
): ReturnType<SignUp['register']> {
  const email = normalizeEmail(draft.email)
  if (email === undefined) return refused('INVALID_ARGUMENT', 'the email address is malformed')
  const hashed = await deps.passwords.hash(draft.password)
  if (!hashed.ok) return hashed
  try {
    return await deps.store.tx(async (tx) => {
      const row = newUser(deps, email, draft.name, hashed.value, platformRoles)
      const joined = await join(deps, tx, { id: row._id, email }, draft)
      if (!joined.ok) return joined
      const user = await tx.asSystem(REASON)(users).insert(row)
      const entry = { organizationId: 'system', actor: `user:${user._id}`, action: 'user.register', target: user._id }
      await deps.audit.within(tx, { ...entry, outcome: 'allowed', details: { platformRoles } })
      const tokens = await deps.sessions.open(tx, user._id)
      return { ok: true as const, value: { tokens, user: publicUser(user), organization: joined.value } }
    })
  } catch (error) {
    if (error instanceof StorageConflict && error.index === 'byEmail')
      return refused('EMAIL_TAKEN', 'an account with this address exists')
    throw error
  }
}

function newUser(
  { clock, ids }: SignUpDependencies,
  email: string,
  name: string | undefined,
  passwordHash: string,
  platformRoles: PlatformRole[],
): Omit<UserDocument, 'rev' | 'organizationId'> {
  const shown = name ?? email.slice(0, email.indexOf('@'))
  return { _id: ids('usr'), email, name: shown, passwordHash, platformRoles, createdAt: clock.iso(), keyChanges: 0 }
}

async function join(
  deps: SignUpDependencies,
  tx: Transaction,
  user: { id: string; email: string },
  draft: Registration,
): Promise<Outcome<Organization>> {
  if (draft.invitation === undefined) {
    const name = draft.organization ?? `${draft.name ?? user.email.slice(0, user.email.indexOf('@'))}'s organization`
    return { ok: true, value: await deps.organizations.create(tx, user.id, name.slice(0, 200)) }
  }
  return accept(deps, tx, user, draft.invitation)
}

async function accept(
  deps: SignUpDependencies,
  tx: Transaction,
  user: { id: string; email: string },
  token: string,
): Promise<Outcome<Organization>> {
  const accepted = await deps.invitations.accept(tx, user, token)
  if (!accepted.ok) return accepted
  const organization = await deps.organizations.get(accepted.value.organizationId, tx)
  return organization ? { ok: true, value: organization } : refused('INVITATION_INVALID', 'the organization is gone')
}
