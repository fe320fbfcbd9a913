import type { Archive, ArchiveEntry } from '../archive/archive-fault.ts'
import { type Observation, shown } from '../finding.ts'
import { ROOT } from '../package-files.ts'

/** What the reader of the archive found for one rule. */
export function archiveFaults(archive: Archive, rule: string): Observation[] {
  return archive.faults
    .filter((fault) => fault.rule === rule)
    .map(({ message, path }) => (path === undefined ? { message } : { message, file: shownPath(path) }))
}

/** The entries for which `problem` has something to say. */
export function entryFaults(archive: Archive, problem: (entry: ArchiveEntry) => string | undefined): Observation[] {
  return archive.entries.flatMap((entry) => {
    const message = problem(entry)
    return message === undefined ? [] : [{ message, file: shownPath(entry.path) }]
  })
}

/** A path of the archive as a finding shows it: without `package/`, and plain paths without quotes. */
export function shownPath(path: string): string {
  const inside = path.startsWith(ROOT) ? path.slice(ROOT.length) : path
  return /^[\w@.+/ -]{1,240}$/.test(inside) ? inside : shown(inside)
}
