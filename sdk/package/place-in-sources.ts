import type { Manifest } from '@annex/sdk/manifest'
import { fileText } from './file-text.ts'
import type { Finding } from './finding.ts'
import type { PackageFiles } from './package-files.ts'
import { readMap } from './rules/entry-map.ts'
import { tracePlace } from './trace-place.ts'

/** Findings in the entry, which was made, with the place in what the author wrote; those that its map does not tell stay. */
export function placeInSources(findings: Finding[], { files }: PackageFiles, { annex }: Manifest): Finding[] {
  const { entry } = annex
  const bytes = files.get(`${entry}.map`)
  if (!bytes || !findings.some(({ file, line }) => file === entry && line !== undefined)) return findings
  const map = readMap(bytes)
  const lines = fileText(files.get(entry) ?? new Uint8Array())?.split('\n') ?? []
  if (!map) return findings
  return findings.map((finding) => {
    const { file, line, column } = finding
    if (file !== entry || line === undefined) return finding
    // Without a column: the first of the line that the map knows.
    const from = column ?? (/^\s*/.exec(lines[line - 1] ?? '')?.[0].length ?? 0) + 1
    const place = tracePlace(map, { line, column: from })
    return place ? { ...finding, source: { file: place.source, line: place.line, column: place.column } } : finding
  })
}
