import { PLATFORM_VERSIONS } from '@annex/sdk/platform-version'
import semver from 'semver'
import { coveredPlatforms } from '../covered-platforms.ts'
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
  const { platformVersions = PLATFORM_VERSIONS } = options
  const range = manifest.annex.platform
  if (semver.validRange(range) === null) yield { ...where, message: `${shown(range)} is not a range of versions` }
  else if (coveredPlatforms(range, platformVersions).length === 0)
    yield {
      ...where,
      message: `${shown(range)} includes none of the supported versions: ${platformVersions.join(', ')}`,
    }
}
