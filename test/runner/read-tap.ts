export interface TapCounts {
  passed: number
  failed: number
  /** Titles of tests that were skipped or marked as to do: the suite allows neither. */
  skipped: string[]
  /** What the tests remarked, counts for instance. */
  comments: string[]
}

/**
 * Counts the tests in one file's TAP. A test is the innermost named block; assertions inside it are not counted, one
 * that stands outside any block counts as a test.
 */
export function readTap(tap: string): TapCounts {
  const counts: TapCounts = { passed: 0, failed: 0, skipped: [], comments: [] }
  const open: { indent: number; hasChildren: boolean }[] = []
  for (const line of withoutDiagnostics(tap)) {
    const indent = line.length - line.trimStart().length
    if (line.startsWith('# Subtest: ', indent)) {
      const parent = open.at(-1)
      if (parent) parent.hasChildren = true
      open.push({ indent, hasChildren: false })
      continue
    }
    const remark = /^ *# (?!Subtest: |time=|\{ total: )(.+)$/.exec(line)?.[1]
    if (remark !== undefined) counts.comments.push(remark)
    const point = /^(not ok|ok)\b(?: \d+)?(?: - )?(.*)$/.exec(line.trimStart())
    if (!point) continue
    if (/# (SKIP|TODO)\b/i.test(point[2] ?? '')) counts.skipped.push(point[2] ?? '')
    const innermost = open.at(-1)
    if (innermost && innermost.indent !== indent) continue
    open.pop()
    if (innermost?.hasChildren) continue
    if (point[1] === 'ok') counts.passed++
    else counts.failed++
  }
  return counts
}

/** Drops the YAML blocks (`---` to `...`), which may hold anything, lines that look like results included. */
function* withoutDiagnostics(tap: string): Generator<string> {
  let closing: string | undefined
  for (const line of tap.split('\n')) {
    if (closing !== undefined) {
      if (line === closing) closing = undefined
    } else if (/^ +---$/.test(line)) {
      closing = line.replace('---', '...')
    } else {
      yield line
    }
  }
}
