import semver from 'semver'
import { type Observation, shown } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'

export const man07: Rule = {
  id: 'MAN-07',
  severity: 'warning',
  stage: 'manifest',
  title: 'The platform range is neither too narrow nor open',
  why: 'Pinned to one release, the extension stops with the next one; without an end, it is offered where it was never tried.',
  fix: 'Begin with the lowest version that was tried and end before the next major one, such as ">=1.0.0 <2.0.0".',
  check: rangeProblems,
}

function* rangeProblems({ manifest, place }: ManifestStage): Iterable<Observation> {
  const pointer = '/annex/platform'
  const where = { file: MANIFEST_FILE, pointer, line: lineAt(place, pointer) }
  const { platform } = manifest.annex
  // MAN-06 tells what is no range.
  if (semver.validRange(platform) === null) return
  const range = new semver.Range(platform)
  if (range.set.some((alternative) => !alternative.some(isUpperBound)))
    yield { ...where, message: `${shown(platform)} has no upper bound` }
  else if (isPinned(range)) yield { ...where, message: `${shown(platform)} holds one release, or the patches of one` }
}

/** One version is its own bound; the comparator of `*` has no version. */
function isUpperBound({ operator, value }: semver.Comparator): boolean {
  return operator === '<' || operator === '<=' || (operator === '' && value !== '')
}

/** Nothing from the minor version after its lowest on is in it. */
function isPinned(range: semver.Range): boolean {
  const lowest = semver.minVersion(range)
  return lowest !== null && !semver.intersects(range, `>=${lowest.major}.${lowest.minor + 1}.0`)
}
