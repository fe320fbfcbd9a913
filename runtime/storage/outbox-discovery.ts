import { type Clock, isoPlus } from '../clock.ts'
import { type HeadRow, outboxHeads } from './outbox-collections.ts'
import type { Query, Store } from './port.ts'

/** Far more than a transaction's 30 s, to spare for clocks of nodes that disagree. */
const WINDOW_MS = 120_000
const SWEEP_EVERY_MS = 600_000
const PAGE = 500

/**
 * Finds the partitions that may have something new, without a walk over all of them at every poll: the heads that were
 * changed within the last two minutes, by the index on `changedAt`.
 *
 * No late commit is missed. A head is stamped as the last thing before its transaction commits, and a transaction lives
 * for seconds, so a head that becomes visible now was stamped well within the window; and it stays in the window for many
 * polls. Nothing is remembered of time from one look to the next: whether there is work in a partition is decided by its
 * sequence and the consumer's position alone. What a wrong clock could hide from the window, the sweep over all heads
 * finds: at the first look, and every ten minutes.
 */
export function createOutboxDiscovery(deps: { store: Store; clock: Clock }) {
  const heads = deps.store.asSystem('the outbox is shared by all organizations')(outboxHeads)
  let sweptAt: number | undefined

  async function* walk(query: Query): AsyncGenerator<HeadRow> {
    for (let cursor: string | undefined; ; ) {
      const page = await heads.find({ ...query, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) })
      yield* page.data
      cursor = page.nextCursor
      if (cursor === undefined) return
    }
  }

  const all = () => walk({ sort: [['_id', 'asc']] })

  return {
    all,
    /** The heads to look at now. */
    look(): AsyncGenerator<HeadRow> {
      const now = deps.clock.now()
      if (sweptAt === undefined || Math.abs(now - sweptAt) >= SWEEP_EVERY_MS) {
        sweptAt = now
        return all()
      }
      const since = isoPlus(deps.clock.iso(), -WINDOW_MS)
      return walk({ where: { changedAt: { $gte: since } }, sort: [['changedAt', 'asc']] })
    },
  }
}
