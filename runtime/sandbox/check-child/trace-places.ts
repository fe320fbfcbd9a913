import type { GeneratedPlace, SourcePlace } from '@annex/package/trace-place'
import { tracePlace } from '@annex/package/trace-place'
import { TraceMap } from '@jridgewell/trace-mapping'

const KEPT_MAPS = 8

const maps = new Map<string, TraceMap>()

/** Where places of an entry script come from, by its source map; null for those that it does not tell. Throws when it is no map. */
export function tracePlaces(text: string): (SourcePlace | null)[] {
  const { digest, sourceMap, places } = JSON.parse(text) as {
    digest: string
    sourceMap: string
    places: GeneratedPlace[]
  }
  const map = mapOf(digest, sourceMap)
  return places.map((place) => tracePlace(map, place))
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
