import type { Audit } from '../../runtime/audit/audit.ts'
import type { Store, Transaction } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { type UserDocument, users } from './accounts-collections.ts'
import { normalizeEmail } from './email.ts'
import type { LoginLimiter } from './login-limiter.ts'
import type { Passwords } from './passwords.ts'
import type { Sessions, SessionTokens } from './sessions.ts'
import { publicUser, type User } from './users.ts'

export interface SignIn {
  /** `address` is the caller's network address: failures are counted by account and address. */
  login(draft: { email: string; password: string; address: string }): Promise<Outcome<SignedIn>>
  refresh(refreshToken: string): Promise<Outcome<SignedIn>>
  logout(userId: string, sessionId: string): Promise<void>
}

export interface SignedIn {
  tokens: SessionTokens
  user: User
}

interface SignInDependencies {
  store: Store
  audit: Audit
  passwords: Passwords
  sessions: Sessions
  limiter: LoginLimiter
}

const REASON = 'users belong to no organization'

export function createSignIn(deps: SignInDependencies): SignIn {
  return {
    login: (draft) => login(deps, draft),
    refresh: (refreshToken) => refresh(deps, refreshToken),
    logout: (userId, sessionId) =>
      deps.store.tx(async (tx) => {
        await deps.sessions.end(tx, sessionId)
        await note(deps, tx, userId, 'session.end', sessionId)
      }),
  }
}

async function login(deps: SignInDependencies, draft: Parameters<SignIn['login']>[0]): ReturnType<SignIn['login']> {
  const { limiter } = deps
  // A text that is no address still runs through the limiter and the hash: its answer takes as long as any other.
  const email = normalizeEmail(draft.email) ?? ''
  const attempt = await limiter.attempt(email, draft.address)
  if (!attempt.allowed)
    return refused('RATE_LIMIT_EXCEEDED', 'too many failed attempts; wait', { retryAfter: attempt.retryAfter })
  const user = (await deps.store.asSystem(REASON)(users).find({ where: { email }, limit: 1 })).data[0]
  if (!(await deps.passwords.verify(user?.passwordHash, draft.password)) || !user) {
    await deps.audit.write(failedLogin(user))
    return refused('INVALID_CREDENTIALS', 'email and password do not belong together')
  }
  await limiter.succeed(email, draft.address)
  const tokens = await deps.store.tx(async (tx) => {
    await note(deps, tx, user._id, 'session.start')
    return deps.sessions.open(tx, user._id)
  })
  return { ok: true, value: { tokens, user: publicUser(user) } }
}

/** What was typed is not kept: people type passwords into the address field. */
function failedLogin(user: UserDocument | undefined) {
  const target = user ? { target: user._id } : {}
  const entry = { organizationId: 'system', actor: 'system:login', action: 'session.start', ...target }
  return { ...entry, outcome: 'refused' as const, rule: user ? 'wrong-password' : 'unknown-account' }
}

async function refresh(deps: SignInDependencies, refreshToken: string): ReturnType<SignIn['refresh']> {
  const rotated = await deps.sessions.refresh(refreshToken)
  const invalid = refused('UNAUTHENTICATED', 'the refresh token is unknown, used or expired')
  if (!rotated.ok) {
    if (rotated.ended) {
      const { userId, _id: target } = rotated.ended
      const entry = { organizationId: 'system', actor: `user:${userId}`, action: 'session.refresh', target }
      await deps.audit.write({ ...entry, outcome: 'refused', rule: 'refresh-token-reuse' })
    }
    return invalid
  }
  const user = await deps.store.asSystem(REASON)(users).get(rotated.session.userId)
  return user ? { ok: true, value: { tokens: rotated.tokens, user: publicUser(user) } } : invalid
}

async function note(
  { audit }: SignInDependencies,
  tx: Transaction,
  userId: string,
  action: string,
  target = userId,
): Promise<void> {
  await audit.within(tx, { organizationId: 'system', actor: `user:${userId}`, action, target, outcome: 'allowed' })
}
