import type { ArchiveEntry } from '../archive/archive-fault.ts'
import type { Rule } from '../rule.ts'
import { entryFaults } from './archive-faults.ts'

/** Device names on Windows, with any ending. The superscript digits count there too, and are digits once normalised. */
const RESERVED = /^(con|prn|aux|nul|clock\$|conin\$|conout\$|com[0-9]|lpt[0-9]) *(\.|$)/i
/** `PACKAG~1.JSO` opens package.json where NTFS keeps short names. */
const SHORT_NAME = /^(?=[^.]{1,8}(\.|$))[^.~]+~[1-9][0-9]*(\.[^.]{0,3})?$/
/** Controls, what cannot be seen, what turns the writing direction, and what Windows refuses in a name. */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}<>:"|?*]/u

export const pkg09: Rule = {
  id: 'PKG-09',
  severity: 'error',
  stage: 'archive',
  title: 'Names work and read the same everywhere',
  why: 'Such a name opens a device, loses its end, or looks like another one.',
  fix: 'Use letters, digits, `-`, `_` and `.` in names.',
  check: ({ archive }) => entryFaults(archive, problem),
}

function problem({ path }: ArchiveEntry): string | undefined {
  if (FORBIDDEN.test(path)) return 'a name has a control, invisible or forbidden character'
  for (const name of path.normalize('NFKC').split('/')) {
    if (RESERVED.test(name)) return 'a name is reserved on Windows'
    if (SHORT_NAME.test(name)) return 'a name is the short form of another on Windows'
    if (/^ |[. ]$/.test(name) && name !== '.' && name !== '..')
      return 'a name begins or ends with a space, or ends with a dot'
  }
  return undefined
}
