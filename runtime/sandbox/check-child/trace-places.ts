import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'
import type { GeneratedPlace, SourcePlace } from '../check-protocol.ts'

const KEPT_MAPS = 8
const NAME_CHARS = 200
/** What a path inside a package looks like: no scheme, no root, nothing that a terminal or a page would act on. */
const PATH = /^[^\p{C}:\\<>"'()/][^\p{C}:\\<>"'()]*$/u

const maps = new Map<string, TraceMap>()

/** Where places of an entry script come from, by its source map; null for those that it does not tell. Throws when it is no map. */
export function tracePlaces(text: string): (SourcePlace | null)[] {
  const { digest, sourceMap, places } = JSON.parse(text) as {
    digest: string
    sourceMap: string
    places: GeneratedPlace[]
  }
  const map = mapOf(digest, sourceMap)
  return places.map((place) => traced(map, place))
}

/** Reading a map is the slow part: the last ones are kept by the digest of their package. */
function mapOf(digest: string, text: string): TraceMap {
  const known = maps.get(digest)
  if (known) return known
  const map = new TraceMap(text)
  maps.set(digest, map)
  const [oldest] = maps.keys()
  if (maps.size > KEPT_MAPS && oldest !== undefined) maps.delete(oldest)
  return map
}

/** V8 counts columns from 1, maps from 0. */
function traced(map: TraceMap, { line, column }: GeneratedPlace): SourcePlace | null {
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
