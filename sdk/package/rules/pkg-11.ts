import type { Archive, ArchiveEntry } from '../archive/archive-fault.ts'
import type { Observation } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { entryFaults, shownPath } from './archive-faults.ts'

const SPECIAL = 0o7000
const WORLD_WRITABLE = 0o002
const EXECUTABLE = 0o111

export const pkg11: Rule = {
  id: 'PKG-11',
  severity: 'error',
  stage: 'archive',
  title: 'No file brings special permissions',
  why: 'Unpacked by an administrator, such a file runs with rights of others or can be changed by anyone.',
  fix: 'Make the package with `annex pack`, which writes mode 0644.',
  check: ({ archive }) => [
    ...entryFaults(archive, problem),
    ...remark(archive, isExecutable, 'the execute bit is dropped'),
    ...remark(archive, (entry) => entry.owned, 'the owner is dropped'),
  ],
}

function problem({ mode }: ArchiveEntry): string | undefined {
  if (mode & SPECIAL) return 'a file has a set-id or sticky bit'
  if (mode & WORLD_WRITABLE) return 'a file can be written by anyone'
  return undefined
}

function isExecutable({ type, mode }: ArchiveEntry): boolean {
  return type === 'file' && (mode & EXECUTABLE) !== 0
}

/** Real packages carry these, and nothing comes of them: said once, not for every file. */
function remark(archive: Archive, has: (entry: ArchiveEntry) => boolean, what: string): Observation[] {
  const [first, ...others] = archive.entries.filter(has)
  if (!first) return []
  const more = others.length > 0 ? ` of this entry and ${others.length} more` : ''
  return [{ severity: 'note', message: `${what}${more}`, file: shownPath(first.path) }]
}
