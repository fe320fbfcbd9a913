import type { Handle } from '../../runtime/storage/port.ts'
import { type KillEntry, readEntry } from './kill-entry.ts'
import { type KillEntryDocument, killEntries } from './kill-list-collections.ts'

/** The entries about one target that hold: they are no lift, and were not lifted. Newest first. */
export async function liveEntries(handle: Handle, key: string): Promise<KillEntry[]> {
  const query = { where: { key }, sort: [['seq', 'desc']], limit: 1_000 } as const
  const entries = (await handle(killEntries).find(query)).data.map(entryOf)
  const lifted = new Set(entries.map(({ lifts }) => lifts))
  return entries.filter(({ action, seq }) => action !== 'lift' && !lifted.has(seq))
}

export function entryOf({ _id, text }: KillEntryDocument): KillEntry {
  const entry = readEntry(text)
  if (!entry) throw new Error(`the kill list's entry ${_id} is none`)
  return entry
}
