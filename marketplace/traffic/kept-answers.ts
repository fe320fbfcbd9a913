import { createHash, createHmac } from 'node:crypto'
import { type Clock, isoPlus } from '../../runtime/clock.ts'
import type { SealedSecret, SecretBox } from '../../runtime/secrets/secret-box.ts'
import { collection, StorageConflict, type Store, type Stored } from '../../runtime/storage/port.ts'
import { deleteAll } from '../delete-all.ts'
import { type Outcome, refused } from '../errors.ts'

interface KeptAnswerDocument extends Stored {
  fingerprint: string
  state: 'RUNNING' | 'DONE'
  startedAt: string
  expiresAt: string
  /** `KeptAnswer` as JSON, sealed: an answer may show a secret that is shown once. */
  sealed?: SealedSecret & Record<string, string>
}

/** Answers to requests with an idempotency key. */
export const keptAnswers = collection<KeptAnswerDocument>({
  name: 'keptAnswers',
  scope: 'system',
  indexes: { byExpiry: { fields: ['expiresAt'] } },
})

export interface KeptAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

export interface KeyedRequest {
  /** Who asks: two callers never meet in one row. */
  caller: string
  /** Method and path. */
  route: string
  /** The idempotency key. */
  key: string
  body: string | Uint8Array
}

export type Claim = { first: true; id: string; rev: number } | { first: false; answer: KeptAnswer }

export interface KeptAnswers {
  /**
   * The first one runs; a repetition gets the kept answer, `IDEMPOTENCY_IN_PROGRESS` while the first one runs, and
   * `IDEMPOTENCY_UNKNOWN` when the first one was cut off: it is not run again.
   */
  claim(request: KeyedRequest): Promise<Outcome<Claim>>
  keep(claim: { id: string; rev: number }, answer: KeptAnswer): Promise<void>
  /** The request had no effect: the next one with this key runs. */
  release(claim: { id: string; rev: number }): Promise<void>
  sweep(): Promise<void>
}

const KEEP_MS = 24 * 3_600_000
/**
 * A request that runs longer than this was cut off, with its process or before its answer was kept. The effect and the
 * kept answer are two commits: between them the process may die, so nobody can say whether the request took effect.
 * Running it again could do it twice; so its key is refused until it is forgotten, and a person or program looks.
 */
const ABANDONED_MS = 2 * 60_000
const REASON = 'kept answers belong to a caller, who may have no organization'

export function createKeptAnswers(deps: {
  store: Store
  clock: Clock
  secretBox: SecretBox
  pepper: Uint8Array
}): KeptAnswers {
  const { store, clock, secretBox } = deps
  const documents = () => store.asSystem(REASON)(keptAnswers)
  return {
    async claim(request) {
      const id = createHash('sha256')
        .update(JSON.stringify([request.caller, request.route, request.key]))
        .digest('hex')
      const row = newRow(clock.iso(), fingerprintOf(deps.pepper, request.body))
      try {
        const { rev } = await documents().insert({ _id: id, ...row })
        return { ok: true, value: { first: true, id, rev } }
      } catch (error) {
        if (!(error instanceof StorageConflict)) throw error
      }
      const kept = await documents().get(id)
      if (kept && kept.expiresAt > clock.iso()) return answerFrom(secretBox, kept, row)
      // Longer ago than answers are kept: the key is as good as new.
      const taken = kept && (await documents().patch(id, { set: row, unset: ['sealed'] }, { rev: kept.rev }))
      return taken ? { ok: true, value: { first: true, id, rev: taken.rev } } : inProgress()
    },
    async keep({ id, rev }, answer) {
      const sealed = { ...secretBox.seal(JSON.stringify(answer), id) }
      await documents().patch(id, { set: { state: 'DONE', sealed } }, { rev })
    },
    async release({ id, rev }) {
      await documents().delete(id, { rev })
    },
    async sweep() {
      await deleteAll(documents(), { expiresAt: { $lt: clock.iso() } })
    },
  }
}

function newRow(now: string, fingerprint: string) {
  return { fingerprint, state: 'RUNNING' as const, startedAt: now, expiresAt: isoPlus(now, KEEP_MS) }
}

/** Keyed, since a body may hold a password: from a plain digest of it one could guess the password offline. */
function fingerprintOf(pepper: Uint8Array, body: string | Uint8Array): string {
  return createHmac('sha256', pepper).update('idempotency').update(body).digest('hex')
}

function answerFrom(
  secretBox: SecretBox,
  kept: KeptAnswerDocument,
  { fingerprint, startedAt: now }: ReturnType<typeof newRow>,
): Outcome<Claim> {
  if (kept.fingerprint !== fingerprint)
    return refused('IDEMPOTENCY_MISMATCH', 'this idempotency key came with another body before')
  if (kept.state === 'RUNNING' || !kept.sealed)
    return kept.startedAt <= isoPlus(now, -ABANDONED_MS) ? cutOff() : inProgress()
  const answer: KeptAnswer = JSON.parse(secretBox.open(kept.sealed, kept._id))
  return { ok: true, value: { first: false, answer } }
}

function inProgress() {
  return refused('IDEMPOTENCY_IN_PROGRESS', 'the first request with this key still runs', { retryAfter: 1 })
}

function cutOff() {
  const message =
    'the first request with this key was cut off; look whether it took effect, then use a new key for another try'
  return refused('IDEMPOTENCY_UNKNOWN', message)
}
