import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Store, Transaction } from '../storage/port.ts'
import { createWriteBehind } from '../write-behind.ts'
import { added, type MeteredUsage, NO_USAGE } from './run-usage.ts'
import { startOf, type UsagePeriod, usageCounters, usageId } from './usage-collections.ts'

/** Counts what installations use, by hour and day. */
export interface UsageMeter {
  /** A run that is over. Costs no write: the counters follow within a second. */
  note(run: { organizationId: string; installationId: string; failed: boolean; used: MeteredUsage }): void
  /** Writes what is not written yet. Throws when the store does not take it; it is kept for the next time. */
  flush(): Promise<void>
  /** The same, for good. */
  close(): Promise<void>
}

/** How long a count may wait: what a crash loses at the most. The rows of the runs are written at once and tell it all. */
const GROUP_MS = 1_000
/** Counters of one commit. */
const GROUP_SIZE = 200
/** Counters that wait while the store takes none; more are dropped, and the log says so. */
const MOST_WAITING = 20_000

const PERIODS: readonly UsagePeriod[] = ['hour', 'day']

interface Count {
  organizationId: string
  installationId: string
  period: UsagePeriod
  start: string
  runs: number
  failed: number
  used: MeteredUsage
}

export function createUsageMeter({ store, clock, log }: { store: Store; clock: Clock; log: Log }): UsageMeter {
  const waiting = new Map<string, Count>()
  const { soon, flush } = createWriteBehind({
    groupMs: GROUP_MS,
    writeAll,
    onError: (error) => log.error({ err: error }, 'usage could not be counted; it is tried again'),
  })

  function note({ organizationId, installationId, failed, used }: Parameters<UsageMeter['note']>[0]): void {
    const now = clock.iso()
    for (const period of PERIODS) {
      const start = startOf(period, now)
      add({ organizationId, installationId, period, start, runs: 1, failed: failed ? 1 : 0, used })
    }
    soon()
  }

  function add(count: Count): void {
    const key = usageId(count.installationId, count.period, count.start)
    const known = waiting.get(key)
    if (!known && waiting.size >= MOST_WAITING) return log.error({ key }, 'a count of usage was dropped')
    waiting.set(key, known ? sum(known, count) : count)
  }

  async function writeAll(): Promise<void> {
    while (waiting.size > 0) {
      const group = [...waiting].slice(0, GROUP_SIZE)
      for (const [key] of group) waiting.delete(key)
      try {
        await store.tx(async (tx) => {
          for (const [key, count] of group) await write(tx, key, count)
        })
      } catch (error) {
        for (const [, count] of group) add(count)
        throw error
      }
    }
  }

  return { note, flush, close: flush }
}

async function write(tx: Transaction, _id: string, { organizationId, ...count }: Count): Promise<void> {
  const counters = tx.forOrganization(organizationId)(usageCounters)
  const stored = await counters.get(_id)
  const { runs, failed, used } = stored ? sum(stored, count) : count
  await counters.put({ _id, ...count, runs, failed, used })
}

function sum<C extends Pick<Count, 'runs' | 'failed' | 'used'>>(a: Pick<Count, 'runs' | 'failed' | 'used'>, b: C): C {
  return { ...b, runs: a.runs + b.runs, failed: a.failed + b.failed, used: added(a.used, b.used) }
}

/** What `counts` hold together. */
export function totalOf(counts: readonly Pick<Count, 'runs' | 'failed' | 'used'>[]) {
  return counts.reduce(sum, { runs: 0, failed: 0, used: NO_USAGE })
}
