import semver from 'semver'
import { type Observation, shown } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'
import { isExtensionName } from './extension-name.ts'

const MAX_RANGE = 100

export const man12: Rule = {
  id: 'MAN-12',
  severity: 'error',
  stage: 'manifest',
  title: 'Dependencies are extensions that can be had',
  why: 'An installation needs all of them, each in one version that everybody agrees on.',
  fix: 'Name other extensions, each with a range of versions: "@acme/dates": "^1.2.0".',
  check: dependencyProblems,
}

/** Whether the catalog has them is said by who holds the catalog. */
function* dependencyProblems({ manifest, place }: ManifestStage): Iterable<Observation> {
  for (const [name, range] of Object.entries(manifest.annex.dependencies ?? {})) {
    const pointer = `/annex/dependencies/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const message = problem(manifest.name, name, range)
    if (message !== undefined) yield { message, file: MANIFEST_FILE, pointer, line: lineAt(place, pointer) }
  }
}

function problem(own: string, name: string, range: string): string | undefined {
  if (name === own) return 'the extension depends on itself'
  if (!isExtensionName(name)) return `${shown(name)} is not the name of an extension: @publisher/name`
  // "" and a word such as "latest" are no ranges to hold an installation to.
  if (range.trim() === '' || range.length > MAX_RANGE || semver.validRange(range) === null)
    return `${shown(range)} is not a range of versions`
  return undefined
}
