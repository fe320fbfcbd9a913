import type { Archive, ArchiveEntry } from '../archive/archive-fault.ts'
import type { Observation } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { shownPath } from './archive-faults.ts'
import { foldPath } from './fold-path.ts'

export const pkg07: Rule = {
  id: 'PKG-07',
  severity: 'error',
  stage: 'archive',
  title: 'No two paths are the same anywhere',
  why: 'Of two files with one name, a reviewer may read the one and the platform run the other.',
  fix: 'Rename one of the two, in more than case or accents.',
  check: ({ archive }) => duplicates(archive),
}

function* duplicates(archive: Archive): Iterable<Observation> {
  const spelling = new Map<string, string>()
  const taken = new Set<string>()
  for (const entry of archive.entries) {
    const { path } = entry
    const key = foldPath(path)
    if (taken.has(key)) yield { message: 'a path stands twice, or again in another spelling', file: shownPath(path) }
    taken.add(key)
    const other = folderSpelledOtherwise(entry, spelling)
    if (other !== undefined)
      yield { message: `a folder is spelled otherwise elsewhere: ${shownPath(other)}`, file: shownPath(path) }
  }
}

/** Folders of a path need no entry of their own, so their spelling is compared wherever it occurs. */
function folderSpelledOtherwise({ path, type }: ArchiveEntry, spelling: Map<string, string>): string | undefined {
  const names = path.split('/')
  const folders = type === 'folder' ? names.length : names.length - 1
  for (let depth = 1; depth <= folders; depth++) {
    const folder = names.slice(0, depth).join('/')
    const key = foldPath(folder)
    const earlier = spelling.get(key)
    if (earlier !== undefined && earlier !== folder) return earlier
    spelling.set(key, folder)
  }
  return undefined
}
