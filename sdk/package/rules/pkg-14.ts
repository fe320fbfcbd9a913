import type { ArchiveEntry } from '../archive/archive-fault.ts'
import type { Rule } from '../rule.ts'
import { entryFaults } from './archive-faults.ts'

const VERSION_CONTROL = /^(\.(git|hg|svn|bzr|jj|pijul)|_darcs|cvs|rcs|sccs)$/i
/** What editors, merges and patches leave behind. */
const LEFTOVER = /^#.*#$|~$|\.(bak|orig|rej|old|tmp|sw[a-p]|\d+~)$/i
const SYSTEM = /^(\.ds_store|\._.*|__macosx|thumbs\.db|ehthumbs\.db|desktop\.ini|\$recycle\.bin|lost\+found)$/i

export const pkg14: Rule = {
  id: 'PKG-14',
  severity: 'warning',
  stage: 'archive',
  title: 'The package holds what was meant to be in it',
  why: 'What a tool left behind is seldom looked at: it tells of the machine, holds old code, or hides new.',
  fix: 'Delete the file, or make the package with `annex pack`, which takes only what belongs to an extension.',
  check: ({ archive }) => entryFaults(archive, problem),
}

function problem({ path, type }: ArchiveEntry): string | undefined {
  const names = path.split('/').filter((name) => name !== '.' && name !== '..')
  const inVersionControl = names.slice(0, type === 'folder' ? undefined : -1).some((name) => VERSION_CONTROL.test(name))
  if (inVersionControl) return 'a folder belongs to version control'
  if (names.some((name) => SYSTEM.test(name))) return 'a file was left by the operating system'
  if (names.some((name) => name.startsWith('.'))) return 'a file is hidden'
  return LEFTOVER.test(names.at(-1) ?? '') ? 'a file was left by an editor or a merge' : undefined
}
