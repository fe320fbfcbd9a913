import { type Clock, isoPlus } from '../../runtime/clock.ts'
import type { Ids } from '../../runtime/ids.ts'
import type { Store, Transaction } from '../../runtime/storage/port.ts'
import { deleteAll } from '../delete-all.ts'
import type { AccessTokens } from './access-tokens.ts'
import { refreshTokens, type SessionDocument, sessions } from './accounts-collections.ts'
import { keyedHash, randomSecret } from './secret-text.ts'

export interface SessionTokens {
  accessToken: string
  refreshToken: string
  /** Seconds until the access token expires. */
  expiresIn: number
}

export interface Sessions {
  /** Starts a session within the caller's transaction. */
  open(tx: Transaction, userId: string): Promise<SessionTokens>
  /** The session of an access token, read from the store each time: an ended one is refused by the next request. */
  check(accessToken: string): Promise<SessionDocument | undefined>
  /** A token that was used before ends its session: one of its two holders stole it (RFC 9700, 4.14.2). */
  refresh(refreshToken: string): Promise<{ ok: true; session: SessionDocument; tokens: SessionTokens } | RefreshRefusal>
  end(tx: Transaction, sessionId: string): Promise<void>
  /** Deletes what has expired. */
  sweep(): Promise<void>
}

export interface RefreshRefusal {
  ok: false
  /** Present when a reuse ended this session. */
  ended?: SessionDocument
}

interface SessionDependencies {
  store: Store
  clock: Clock
  ids: Ids
  pepper: Uint8Array
  tokens: AccessTokens
}

const SESSION_MS = 30 * 24 * 3_600_000
const REASON = 'sessions belong to people, not to organizations'

export function createSessions(deps: SessionDependencies): Sessions {
  const { store, clock, tokens } = deps
  return {
    async open(tx, userId) {
      const { ids } = deps
      const now = clock.iso()
      const draft = { _id: ids('ses'), userId, createdAt: now, expiresAt: isoPlus(now, SESSION_MS) }
      return issue(deps, tx, await tx.asSystem(REASON)(sessions).insert(draft))
    },
    async check(accessToken) {
      const claims = await tokens.verify(accessToken)
      if (!claims) return undefined
      const session = await store.asSystem(REASON)(sessions).get(claims.sessionId)
      return session && session.userId === claims.userId && isOpen(session, clock) ? session : undefined
    },
    refresh: (refreshToken) => store.tx((tx) => rotate(deps, tx, keyedHash(deps.pepper, refreshToken))),
    end: (tx, sessionId) => end(tx, sessionId, clock.iso()),
    async sweep() {
      const handle = store.asSystem(REASON)
      const expired = { expiresAt: { $lt: clock.iso() } }
      await deleteAll(handle(refreshTokens), expired)
      await deleteAll(handle(sessions), expired)
    },
  }
}

async function issue(deps: SessionDependencies, tx: Transaction, session: SessionDocument): Promise<SessionTokens> {
  const refreshToken = randomSecret()
  const { _id: sessionId, userId, expiresAt } = session
  await tx
    .asSystem(REASON)(refreshTokens)
    .insert({ _id: keyedHash(deps.pepper, refreshToken), sessionId, expiresAt })
  const accessToken = await deps.tokens.sign({ userId, sessionId })
  return { accessToken, refreshToken, expiresIn: deps.tokens.lifetime }
}

async function rotate(deps: SessionDependencies, tx: Transaction, hash: string): ReturnType<Sessions['refresh']> {
  const handle = tx.asSystem(REASON)
  const token = await handle(refreshTokens).get(hash)
  const session = token && (await handle(sessions).get(token.sessionId))
  if (!token || !session || !isOpen(session, deps.clock)) return { ok: false }
  if (token.usedAt !== undefined) {
    await end(tx, session._id, deps.clock.iso())
    return { ok: false, ended: session }
  }
  await handle(refreshTokens).patch(hash, { set: { usedAt: deps.clock.iso() } })
  return { ok: true, session, tokens: await issue(deps, tx, session) }
}

async function end(tx: Transaction, sessionId: string, at: string): Promise<void> {
  await tx
    .asSystem(REASON)(sessions)
    .patch(sessionId, { set: { endedAt: at } })
  await tx.asSystem(REASON)(refreshTokens).deleteWhere({ sessionId })
}

function isOpen(session: SessionDocument, clock: Clock): boolean {
  return session.endedAt === undefined && session.expiresAt > clock.iso()
}
