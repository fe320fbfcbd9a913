import type { ArchiveEntry } from '../archive/archive-fault.ts'
import type { Rule } from '../rule.ts'
import { entryFaults } from './archive-faults.ts'

const SPECIAL = 0o7000
const WORLD_WRITABLE = 0o002

export const pkg11: Rule = {
  id: 'PKG-11',
  severity: 'error',
  stage: 'archive',
  title: 'No file brings special permissions',
  why: 'Unpacked by an administrator, such a file runs with rights of others or can be changed by anyone.',
  fix: 'Make the package with `annex pack`, which writes mode 0644.',
  check: ({ archive }) => entryFaults(archive, problem),
}

/** A plain execute bit is common and means nothing here. */
function problem({ mode }: ArchiveEntry): string | undefined {
  if (mode & SPECIAL) return 'a file has a set-id or sticky bit'
  if (mode & WORLD_WRITABLE) return 'a file can be written by anyone'
  return undefined
}
