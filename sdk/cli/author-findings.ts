import type { Finding } from '@annex/package/finding'
import { DESCRIBE_FILE } from '@annex/package/manifest-file'
import { ALL_SCOPES } from '@annex/sdk/scopes'
import type { BuiltPackage } from './build-package.ts'
import { nearestName } from './nearest-name.ts'

/**
 * Findings with the places of the entry, which was made, led back to what the author wrote. What stands in the source
 * map too is one thing, not two.
 */
export function authorFindings(built: BuiltPackage, findings: readonly Finding[]): Finding[] {
  const { entry } = built.manifest.annex
  const known = new Set(findings.filter(({ file }) => file === entry).map(key))
  const placed = findings
    .filter((finding) => finding.file !== `${entry}.map` || !known.has(key(finding)))
    .map((finding) => {
      const place = authorPlace(built, finding)
      const found = place && /^(.*):(\d+):(\d+)$/.exec(place)
      if (!found?.[1]) return finding
      return { ...finding, file: found[1], line: Number(found[2]), column: Number(found[3]) }
    })
  return placed.filter((finding) => !isTold(finding, placed)).map(suggest)
}

/** The sources are in the package beside the entry that was made of them: one place, seen twice. */
function isTold(finding: Finding, all: readonly Finding[]): boolean {
  const { file, line, column } = finding
  if (line === undefined || column !== undefined) return false
  return all.some(
    (one) => one.column !== undefined && one.file === file && one.line === line && key(one) === key(finding),
  )
}

/** What was probably meant. */
function suggest(finding: Finding): Finding {
  const scope = /^there is no scope "([^"]+)"$/.exec(finding.message)?.[1]
  const near = scope && nearestName(scope, ALL_SCOPES)
  return near ? { ...finding, fix: `Did you mean "${near}"?` } : finding
}

function authorPlace({ manifest, places }: BuiltPackage, { file, line, column, pointer }: Finding): string | undefined {
  if (file === DESCRIBE_FILE && pointer !== undefined) return places.ofHandler(pointer.split('/').slice(1))
  return file === manifest.annex.entry && line !== undefined ? places.at(line, column) : undefined
}

function key({ rule, message }: Finding): string {
  return `${rule} ${message}`
}
