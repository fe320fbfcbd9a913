import type { ArchiveEntry } from '../archive/archive-fault.ts'
import { ROOT } from '../package-files.ts'
import type { Rule } from '../rule.ts'
import { entryFaults } from './archive-faults.ts'
import { foldPath } from './fold-path.ts'

/** Names under which the platform keeps what it writes beside a package. */
const RESERVED = /^(annex\.(?!describe\.json$)[^/]*|\.annex(\/.*)?|meta-inf(\/.*)?)$/

export const pkg15: Rule = {
  id: 'PKG-15',
  severity: 'error',
  stage: 'archive',
  title: 'No file under a name of the marketplace',
  why: 'A package that brings its own signature or lock file could pass for a checked one.',
  fix: 'Rename the file; `annex.describe.json` is the only file of that family in a package.',
  check: ({ archive }) => entryFaults(archive, problem),
}

function problem({ path }: ArchiveEntry): string | undefined {
  return RESERVED.test(foldPath(path).slice(ROOT.length)) ? 'a name belongs to the marketplace' : undefined
}
