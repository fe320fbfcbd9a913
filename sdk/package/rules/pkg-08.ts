import type { Archive } from '../archive/archive-fault.ts'
import type { Observation } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { shownPath } from './archive-faults.ts'
import { foldPath } from './fold-path.ts'

export const pkg08: Rule = {
  id: 'PKG-08',
  severity: 'error',
  stage: 'archive',
  title: 'No file is a folder too',
  why: 'Which of the two wins depends on the tool that unpacks.',
  fix: 'Rename the file or the folder.',
  check: ({ archive }) => filesAsFolders(archive),
}

function* filesAsFolders(archive: Archive): Iterable<Observation> {
  const files = new Set(archive.entries.filter((entry) => entry.type === 'file').map((entry) => foldPath(entry.path)))
  for (const { path } of archive.entries) {
    const names = foldPath(path).split('/')
    const isUnderFile = names.some((_, depth) => depth > 0 && files.has(names.slice(0, depth).join('/')))
    if (isUnderFile) yield { message: 'a path leads through a file', file: shownPath(path) }
  }
}
