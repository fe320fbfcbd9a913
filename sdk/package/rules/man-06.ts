import semver from 'semver'
import { type Observation, shown } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'

export const man06: Rule = {
  id: 'MAN-06',
  severity: 'error',
  stage: 'manifest',
  title: 'The package runs on this platform',
  why: 'An extension for another platform would fail where it is installed.',
  fix: 'Give a range of platform versions that this one is in, such as ">=1.0.0 <2.0.0".',
  check: rangeProblems,
}

function* rangeProblems({ manifest, options, place }: ManifestStage): Iterable<Observation> {
  const where = { file: MANIFEST_FILE, pointer: '/annex/platform', line: lineAt(place, '/annex/platform') }
  const range = manifest.annex.platform
  const includePrerelease = semver.prerelease(options.platformVersion) !== null
  if (semver.validRange(range) === null) yield { ...where, message: `${shown(range)} is not a range of versions` }
  else if (!semver.satisfies(options.platformVersion, range, { includePrerelease }))
    yield {
      ...where,
      message: `${shown(range)} does not include ${options.platformVersion}, the version of this platform`,
    }
}
