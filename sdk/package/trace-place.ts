import { originalPositionFor, type TraceMap } from '@jridgewell/trace-mapping'

/** From 1, both. */
export interface GeneratedPlace {
  line: number
  column: number
}

export interface SourcePlace extends GeneratedPlace {
  /** Path in the package. */
  source: string
}

const NAME_CHARS = 200
/** What a path inside a package looks like: no scheme, no root, nothing that a terminal or a page would act on. */
const PATH = /^[^\p{C}:\\<>"'()/][^\p{C}:\\<>"'()]*$/u

/** Where a place of the entry comes from; null for what the map does not tell. Columns count from 1 here, in maps from 0. */
export function tracePlace(map: TraceMap, { line, column }: GeneratedPlace): SourcePlace | null {
  const found = originalPositionFor(map, { line, column: column - 1 })
  // The type says null for none; a map whose numbers lie gives undefined.
  const source = typeof found.source === 'string' ? insidePackage(found.source) : undefined
  if (source === undefined || found.line === null || found.column === null) return null
  if (!isCount(found.line) || !isCount(found.column + 1)) return null
  return { source, line: found.line, column: found.column + 1 }
}

/** Paths of a map are relative to the entry, which stands one folder down from the root of the package. */
function insidePackage(source: string): string | undefined {
  const path = source.replace(/^(?:\.{1,2}\/)+/, '')
  return path.length <= NAME_CHARS && PATH.test(path) && !path.includes('//') ? path : undefined
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0 && value < 1e9
}
