import type { ArchiveEntry } from '../archive/archive-fault.ts'
import { PACKAGE_LIMITS as LIMITS } from '../limits.ts'
import type { Rule } from '../rule.ts'
import { archiveFaults, entryFaults } from './archive-faults.ts'

export const pkg04: Rule = {
  id: 'PKG-04',
  severity: 'error',
  stage: 'archive',
  title: 'Entries and paths stay within bounds',
  why: 'Endless or very deep paths break the tools and file systems that meet them.',
  fix: 'Bundle the code, and use fewer, shorter and flatter paths.',
  check: ({ archive }) => [...archiveFaults(archive, 'PKG-04'), ...entryFaults(archive, problem)],
}

function problem({ path }: ArchiveEntry): string | undefined {
  if (Buffer.byteLength(path) > LIMITS.path) return `a path has more than ${LIMITS.path} bytes`
  const names = path.split('/')
  if (names.length > LIMITS.depth) return `a path is deeper than ${LIMITS.depth}`
  return undefined
}
