import type { Archive } from '../archive/archive-fault.ts'
import type { Observation } from '../finding.ts'
import { PACKAGE_LIMITS as LIMITS } from '../limits.ts'
import { ROOT } from '../package-files.ts'
import type { Rule } from '../rule.ts'

const SCRIPT = /\.[cm]?jsx?$/i
/** The author's sources are for the reviewer: they never run, and may be many. */
const SOURCES = `${ROOT}src/`

export const pkg16: Rule = {
  id: 'PKG-16',
  severity: 'warning',
  stage: 'archive',
  title: 'The package is bundled',
  why: 'Only the entry script runs; hundreds of other files slow every check and hide what matters from the reviewer.',
  fix: 'Bundle the code with `annex pack`, and leave `node_modules` and generated files out.',
  check: ({ archive }) => tooMany(archive),
}

function* tooMany(archive: Archive): Iterable<Observation> {
  const paths = archive.entries.filter((entry) => entry.type === 'file').map((entry) => entry.path)
  const scripts = paths.filter((path) => SCRIPT.test(path) && !path.startsWith(SOURCES)).length
  if (scripts > LIMITS.scripts)
    yield { message: `${scripts} scripts outside src/; more than ${LIMITS.scripts} are many` }
  if (paths.length > LIMITS.manyFiles)
    yield { message: `${paths.length} files; more than ${LIMITS.manyFiles} are many` }
}
