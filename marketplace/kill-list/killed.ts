import type { InstalledCode } from '../../runtime/installation-source.ts'
import { type KillEntry, keysOf, targetKey } from './kill-entry.ts'

/** What is killed by the entries that were applied, less those that were lifted. */
export interface Killed {
  apply(entry: KillEntry): void
  /** The first entry that the code falls under, digest before version, extension and publisher. */
  find(code: Omit<InstalledCode, 'organizationId'>): KillEntry | undefined
  isLive(seq: number): boolean
}

export function createKilled(): Killed {
  const byKey = new Map<string, KillEntry[]>()
  const live = new Set<number>()
  return {
    apply(entry) {
      const key = targetKey(entry.target)
      const others = byKey.get(key) ?? []
      if (entry.action !== 'lift') {
        live.add(entry.seq)
        byKey.set(key, [...others, entry])
        return
      }
      if (entry.lifts !== undefined) live.delete(entry.lifts)
      byKey.set(
        key,
        others.filter(({ seq }) => seq !== entry.lifts),
      )
    },
    find: (code) =>
      keysOf(code)
        .map((key) => byKey.get(key)?.[0])
        .find((entry) => entry !== undefined),
    isLive: (seq) => live.has(seq),
  }
}
