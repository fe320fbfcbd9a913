import type { ArchiveEntry } from '../archive/archive-fault.ts'
import type { Rule } from '../rule.ts'
import { archiveFaults, entryFaults } from './archive-faults.ts'

export const pkg05: Rule = {
  id: 'PKG-05',
  severity: 'error',
  stage: 'archive',
  title: 'Every path stays inside the package',
  why: 'A path that leaves the package writes over files of whoever unpacks it.',
  fix: 'Put everything under `package/`, with plain relative paths. `annex pack` does so.',
  check: ({ archive }) => [...archiveFaults(archive, 'PKG-05'), ...entryFaults(archive, problem)],
}

/**
 * Some characters turn into dots and slashes when a file system normalises names, or when Windows writes them in a code
 * page of old ("best fit"; the yen and won signs are its backslash in Japan and Korea), so all forms are looked at.
 */
function problem({ path, type }: ArchiveEntry): string | undefined {
  const normal = path.normalize('NFKC')
  return problemOf(path, type) ?? problemOf(normal, type) ?? problemOf(bestFit(normal), type)
}

function bestFit(path: string): string {
  return path.replace(/[\u2044\u2215\u29f8]/g, '/').replace(/[\u00a5\u20a9\u2216\u29f5\u29f9]/g, '\\')
}

function problemOf(path: string, type: ArchiveEntry['type']): string | undefined {
  if (path === '') return 'a path is empty'
  if (path.includes('\\')) return 'a path has a backslash'
  if (path.startsWith('/')) return 'a path is absolute'
  const names = path.split('/')
  if (names.some((name) => /^[A-Za-z]:/.test(name))) return 'a path names a drive'
  if (names.includes('..')) return 'a path leaves its folder'
  if (names.includes('.') || names.includes('')) return 'a path has an empty name or a dot for a name'
  if (names[0] !== 'package' || (names.length === 1 && type === 'file')) return 'a path is not under `package/`'
  return undefined
}
