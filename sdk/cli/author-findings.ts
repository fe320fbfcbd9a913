import type { Finding } from '@annex/package/finding'
import { DESCRIBE_FILE } from '@annex/package/manifest-file'
import { ALL_SCOPES } from '@annex/sdk/scopes'
import type { BuiltPackage } from './build-package.ts'
import { nearestName } from './nearest-name.ts'

/**
 * Findings as an author wants to read them: at the places that the author wrote, each thing once though it stands in the
 * entry, its map and the sources.
 */
export function authorFindings(findings: readonly Finding[], built?: BuiltPackage): Finding[] {
  const placed = findings.map((finding) => placedFinding(finding, built))
  return placed.filter((finding) => !isTold(finding, placed)).map(suggest)
}

function placedFinding(finding: Finding, built: BuiltPackage | undefined): Finding {
  const { source, file, pointer } = finding
  if (source) return { ...finding, ...source }
  if (file !== DESCRIBE_FILE || pointer === undefined) return finding
  const place = built?.places.ofHandler(pointer.split('/').slice(1))
  const found = /^(.*):(\d+):(\d+)$/.exec(place ?? '')
  return found?.[1] ? { ...finding, file: found[1], line: Number(found[2]), column: Number(found[3]) } : finding
}

/** What stands in the map is told where it came from; of one line told twice, the one with the column stays. */
function isTold(finding: Finding, all: readonly Finding[]): boolean {
  const { rule, message, file, line, column } = finding
  const same = all.filter((one) => one !== finding && one.rule === rule && one.message === message)
  if (file?.endsWith('.map')) return same.some((one) => !one.file?.endsWith('.map'))
  if (line === undefined || column !== undefined) return false
  return same.some((one) => one.column !== undefined && one.file === file && one.line === line)
}

/** What was probably meant. */
function suggest(finding: Finding): Finding {
  const scope = /^there is no scope "([^"]+)"$/.exec(finding.message)?.[1]
  const near = scope && nearestName(scope, ALL_SCOPES)
  return near ? { ...finding, fix: `Did you mean "${near}"?` } : finding
}
