import type { InstalledCode } from '../../runtime/installation-source.ts'
import type { JobHandler } from '../../runtime/jobs/job-attempt.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { type KillEntry, keysOf, readEntry, targetKey } from './kill-entry.ts'
import { entryId, KILL_REASON, killEntries } from './kill-list-collections.ts'
import { createKilled, type Killed } from './killed.ts'

export const KILL_JOB = 'kill-list.apply'

/** An installation that is there, in whatever state. */
export interface InstalledRow extends InstalledCode {
  id: string
}

/** What the list does to installations. Each may be called again for the same one, and changes nothing then. */
export interface InstalledRows {
  /** All of all organizations. */
  all(): AsyncIterable<InstalledRow>
  /** Disables it, with a reason of its own. */
  hold(row: InstalledRow, message: string): Promise<void>
  /** Takes that reason away. */
  release(row: InstalledRow): Promise<void>
  uninstall(row: InstalledRow, message: string): Promise<void>
  /** Shows in it by which entry it is stopped although nothing was done to it, or that it is no more; its people hear of it. */
  mark(row: InstalledRow, entry: Pick<KillEntry, 'seq' | 'reason'> | undefined): Promise<void>
}

/** What is to be done must be done, if it takes a day. */
const MAX_ATTEMPTS = 100

/** Makes installations show what the list says. Nothing waits for it: what is killed does not run, whatever rows say. */
export function createKillJob({ store, rows }: { store: Store; rows: InstalledRows }): JobHandler {
  return {
    async handle(job, { signal }) {
      const entries = await readAll(store)
      const entry = entries.find(({ seq }) => seq === seqOf(job.payload))
      if (!entry) throw new Error('the kill list has no such entry')
      const [holding, blocking] = [createKilled(), createKilled()]
      for (const each of entries) {
        blocking.apply(each)
        if (each.action !== 'block') holding.apply(each)
      }
      const touched = await applyEntry({ rows, entry, holding, blocking, signal })
      return { done: { seq: entry.seq, installations: touched } }
    },
    maxAttempts: MAX_ATTEMPTS,
    timeoutMs: 10 * 60_000,
  }
}

interface Work {
  rows: InstalledRows
  entry: KillEntry
  /** By what holds now, and not only by this entry: it may have been lifted since, or be one of two. */
  holding: Killed
  /** By all that stops code, what leaves installations as they are included. */
  blocking: Killed
  signal: AbortSignal
}

async function applyEntry({ rows, entry, holding, blocking, signal }: Work): Promise<number> {
  const key = targetKey(entry.target)
  let touched = 0
  for await (const row of rows.all()) {
    signal.throwIfAborted()
    if (!keysOf(row).includes(key)) continue
    const holds = holding.find(row)
    if (!holds) await rows.release(row)
    else if (entry.action === 'uninstall' && holding.isLive(entry.seq)) await rows.uninstall(row, entry.reason)
    else await rows.hold(row, holds.reason)
    await rows.mark(row, holds ? undefined : blocking.find(row))
    touched++
  }
  return touched
}

async function readAll(store: Store): Promise<KillEntry[]> {
  const all = store.asSystem(KILL_REASON)(killEntries)
  const found: KillEntry[] = []
  let cursor: string | undefined
  do {
    const query = { where: { seq: { $gte: 1 } }, sort: [['seq', 'asc']], limit: 1_000 } as const
    const page = await all.find({ ...query, ...(cursor && { cursor }) })
    for (const { seq, text } of page.data) {
      const entry = readEntry(text)
      if (!entry) throw new Error(`the kill list's entry ${entryId(seq)} is none`)
      found.push(entry)
    }
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return found
}

function seqOf(payload: unknown): number | undefined {
  const seq = typeof payload === 'object' && payload !== null && 'seq' in payload ? payload.seq : undefined
  return typeof seq === 'number' ? seq : undefined
}
