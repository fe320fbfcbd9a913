import { fileText } from '../file-text.ts'
import type { Observation } from '../finding.ts'
import type { ManifestStage, OutsideStage, Rule } from '../rule.ts'

const CHANGELOG = 'CHANGELOG.md'

export const doc04: Rule = {
  id: 'DOC-04',
  severity: 'warning',
  stage: 'manifest',
  title: 'The CHANGELOG tells what this version changes',
  why: 'Administrators decide by it whether to upgrade, and reviewers where to look.',
  fix: 'Write a heading with the version in CHANGELOG.md, and below it what changed for those who use the extension.',
  check: missingEntry,
  outside: missingFile,
}

/** A file that is there is wanted whole, from the first version on. */
function* missingEntry({ manifest: { version }, package: { files } }: ManifestStage): Iterable<Observation> {
  const bytes = files.get(CHANGELOG)
  if (bytes && !tellsOf(fileText(bytes) ?? '', version))
    yield { message: `${CHANGELOG} has no entry for ${version}`, file: CHANGELOG }
}

/** The first version changes nothing. Whether it is the first, a package cannot say. */
function missingFile({ package: held, outside: { versions } }: OutsideStage): Iterable<Observation> | undefined {
  if (versions === undefined) return undefined
  const first = versions.every((version) => version === held.version)
  return first || held.files.some(({ path }) => path === CHANGELOG) ? [] : [{ message: `there is no ${CHANGELOG}` }]
}

/** A heading, or a line in bold, that names the version: `## 1.2.0`, `## [v1.2.0] - 2026-01-31`. */
function tellsOf(text: string, version: string): boolean {
  const lines = text.split('\n')
  return lines.some((line, at) => {
    if (!/^ {0,3}(#{1,6}[ \t]|\*\*|__)/.test(line) && !/^(=+|-+)\s*$/.test(lines[at + 1] ?? '')) return false
    const words = line.split(/[^0-9A-Za-z.+-]+/).map((word) => word.replace(/^v(?=\d)/i, '').replace(/[.-]+$/, ''))
    return words.includes(version)
  })
}
