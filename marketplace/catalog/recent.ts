import type { Clock } from '../../runtime/clock.ts'
import type { Store } from '../../runtime/storage/port.ts'

/** What another node changed is seen after this long at the latest; what this one did, at once. */
const KEEP_MS = 1000
const MOST = 1000

/**
 * Remembers answers for a moment: what many ask for at once is read once. Every change to what the catalog shows says so
 * in the outbox, and with that everything is forgotten.
 */
export interface Recent<T> {
  get(key: string, read: () => Promise<T>): Promise<T>
  stop(): void
}

export function createRecent<T>({ store, clock }: { store: Store; clock: Clock }): Recent<T> {
  const kept = new Map<string, { value: T; until: number }>()
  let changes = 0
  const stop = store.onEmitted((partitions) => {
    if (!partitions.includes('system')) return
    changes++
    kept.clear()
  })
  return {
    async get(key, read) {
      const known = kept.get(key)
      if (known && known.until > clock.now()) return known.value
      const [before, until] = [changes, clock.now() + KEEP_MS]
      const value = await read()
      // What was read while something changed may be what was before.
      if (before !== changes) return value
      if (kept.size >= MOST) kept.clear()
      kept.set(key, { value, until })
      return value
    },
    stop,
  }
}
