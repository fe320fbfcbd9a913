import { posix } from 'node:path'
import { findHandler } from '@annex/package/find-handler'
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'

/** Leads from places in a bundle back to what its author wrote. The map is the one that was just made beside it. */
export interface SourcePlaces {
  /** `src/index.ts:12:3` for a place in the entry: line and column from 1. Nothing where the map knows nothing. */
  at(line: number, column?: number): string | undefined
  /** A text, such as a stack, in which each place of the entry is written as the author's. */
  inText(text: string): string
  /** Where a handler is defined; for runs that ended without a place of their own. */
  ofHandler(path: readonly string[]): string | undefined
}

export interface PlacedCode {
  /** The path of the entry in the package. */
  entry: string
  source: string
  sourceMap: string
}

const PLACE = /ext:\/\/[^\s()]{1,300}?:(\d{1,9}):(\d{1,9})/g

export function createSourcePlaces({ entry, source, sourceMap }: PlacedCode): SourcePlaces {
  const map = new TraceMap(sourceMap)
  const lines = source.split('\n')
  const places: SourcePlaces = {
    at(line, column) {
      // Without a column: the first of the line that the map knows.
      const indent = /^\s*/.exec(lines[line - 1] ?? '')?.[0].length ?? 0
      const found = originalPositionFor(map, { line, column: column === undefined ? indent : column - 1 })
      if (found.source === null) return undefined
      return `${posix.join(posix.dirname(entry), found.source)}:${found.line}:${found.column + 1}`
    },
    inText: (text) =>
      text.replace(PLACE, (whole, line: string, column: string) => places.at(Number(line), Number(column)) ?? whole),
    ofHandler(path) {
      const place = findHandler(source, path)
      return place && places.at(place.line, place.column + 1)
    },
  }
  return places
}
