import semver from 'semver'
import { type Observation, shown } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'

export const man04: Rule = {
  id: 'MAN-04',
  severity: 'error',
  stage: 'manifest',
  title: 'The version is strict semver, and new',
  why: 'A number stands for the same bytes for ever, and two spellings of it would not.',
  fix: 'Write major.minor.patch, with a pre-release if need be (1.2.0-beta.1), and a number that was not used yet.',
  check: versionProblems,
}

function* versionProblems({ manifest, place }: ManifestStage): Iterable<Observation> {
  const where = { file: MANIFEST_FILE, pointer: '/version', line: lineAt(place, '/version') }
  const { version } = manifest
  if (version.includes('+')) {
    yield { ...where, message: 'build metadata (+…) does not make another version' }
    return
  }
  // The parser takes a leading v and white space; whoever gets a version back unchanged wrote it strictly.
  if (semver.valid(version) !== version) yield { ...where, message: `${shown(version)} is not a semver version` }
  else if (semver.prerelease(version)?.some(isBeyondNumbers))
    yield { ...where, message: `a number in ${shown(version)} is larger than ${Number.MAX_SAFE_INTEGER}` }
}

/** Compared as numbers, which larger ones are not exactly: two of them could rank alike. */
function isBeyondNumbers(identifier: string | number): boolean {
  return /^\d+$/.test(String(identifier)) && !Number.isSafeInteger(Number(identifier))
}
