import type { Clock } from '../../runtime/clock.ts'
import { isoPlus } from '../../runtime/clock.ts'
import { collection, type Store, type Stored } from '../../runtime/storage/port.ts'
import { deleteAll } from '../delete-all.ts'

interface CounterDocument extends Stored {
  count: number
  expiresAt?: string
}

/** Counters of fixed windows; `_id` is `<name>:<index of the window>`. */
export const rateCounters = collection<CounterDocument>({
  name: 'rateCounters',
  scope: 'system',
  indexes: { byExpiry: { fields: ['expiresAt'] } },
})

export interface RateDecision {
  allowed: boolean
  limit: number
  remaining: number
  /** Seconds until the window ends. */
  reset: number
}

export interface RateLimiter {
  /** Counts one request of `name` against `limit` per `windowMs`; all nodes count together. */
  take(name: string, limit: number, windowMs: number): Promise<RateDecision>
  sweep(): Promise<void>
}

const REASON = 'requests are counted by key or address'

/** Fixed windows: exact within each, at most twice the limit across the edge of two. */
export function createRateLimiter({ store, clock }: { store: Store; clock: Clock }): RateLimiter {
  return {
    async take(name, limit, windowMs) {
      const counters = store.asSystem(REASON)(rateCounters)
      const now = clock.now()
      const index = Math.floor(now / windowMs)
      const id = `${name}:${windowMs}:${index}`
      const count = await counters.increment(id, 'count')
      if (count === 1) await counters.patch(id, { set: { expiresAt: isoPlus(clock.iso(), 2 * windowMs) } })
      const reset = Math.max(1, Math.ceil(((index + 1) * windowMs - now) / 1000))
      return { allowed: count <= limit, limit, remaining: Math.max(0, limit - count), reset }
    },
    async sweep() {
      await deleteAll(store.asSystem(REASON)(rateCounters), { expiresAt: { $lt: clock.iso() } })
    },
  }
}
