import { createHash } from 'node:crypto'
import type { Clock } from '../../runtime/clock.ts'
import { isoPlus } from '../../runtime/clock.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { deleteAll } from '../delete-all.ts'
import { loginAttempts } from './accounts-collections.ts'

export interface LoginLimiter {
  /** Counts an attempt before it is tried, so that many at once do not slip through. Seconds to wait when refused. */
  attempt(email: string, address: string): Promise<{ allowed: true } | { allowed: false; retryAfter: number }>
  /** Forgets the attempts after a success. */
  succeed(email: string, address: string): Promise<void>
  sweep(): Promise<void>
}

const MAX_FAILURES = 10
const WINDOW_MS = 15 * 60_000

/** Ten failures per account and address within a sliding quarter of an hour, counted in the store over all nodes. */
export function createLoginLimiter({ store, clock }: { store: Store; clock: Clock }): LoginLimiter {
  const reason = 'login attempts are counted before anyone is known'
  return {
    attempt: (email, address) =>
      store.tx(async (tx) => {
        const documents = tx.asSystem(reason)(loginAttempts)
        const id = nameOf(email, address)
        const now = clock.iso()
        const kept = (await documents.get(id))?.failures.filter((at) => at > isoPlus(now, -WINDOW_MS)) ?? []
        const oldest = kept[0]
        if (oldest !== undefined && kept.length >= MAX_FAILURES) {
          const wait = Date.parse(oldest) + WINDOW_MS - clock.now()
          return { allowed: false, retryAfter: Math.max(1, Math.ceil(wait / 1000)) }
        }
        await documents.put({ _id: id, failures: [...kept, now], expiresAt: isoPlus(now, WINDOW_MS) })
        return { allowed: true }
      }),
    async succeed(email, address) {
      await store.asSystem(reason)(loginAttempts).delete(nameOf(email, address))
    },
    async sweep() {
      await deleteAll(store.asSystem(reason)(loginAttempts), { expiresAt: { $lt: clock.iso() } })
    },
  }
}

function nameOf(email: string, address: string): string {
  return createHash('sha256')
    .update(JSON.stringify([email, address]))
    .digest('hex')
}
