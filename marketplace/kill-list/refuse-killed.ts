import type { InstalledCode } from '../../runtime/installation-source.ts'
import type { Handles } from '../../runtime/storage/port.ts'
import { refused, type ServiceErrorCode } from '../errors.ts'
import { type KillEntry, keysOf } from './kill-entry.ts'
import { KILL_REASON } from './kill-list-collections.ts'
import { liveEntries } from './live-entries.ts'

/**
 * Why the code may not run, by the list as it is stored. What a process knows of it may be a moment old: the commit that
 * lets something run asks here.
 */
export async function refuseKilled(handles: Handles, code: Omit<InstalledCode, 'organizationId'>) {
  const handle = handles.asSystem(KILL_REASON)
  for (const key of keysOf(code)) {
    const [entry] = await liveEntries(handle, key)
    if (entry) return refused('EXTENSION_KILLED' satisfies ServiceErrorCode, killedWords(code, entry))
  }
  return undefined
}

export function killedWords({ extension, version }: Pick<InstalledCode, 'extension' | 'version'>, entry: KillEntry) {
  return `The marketplace has stopped ${extension} ${version}: ${entry.reason}`
}
