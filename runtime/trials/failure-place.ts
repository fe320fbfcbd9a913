import type { ExtractedCode } from '@annex/package/extract-code'
import type { GeneratedPlace } from '@annex/package/trace-place'
import type { TrialFailure } from '@annex/package/trial'
import type { Manifest } from '@annex/sdk/manifest'
import { originOf } from '../sandbox/load-unit.ts'
import type { RunFailure } from '../sandbox/run.ts'
import type { StackMapperDeps } from '../sandbox/stack-mapper.ts'

/** Frames that are looked up; the first of the author's own is near the top. */
const FRAMES = 20
const NUMBERS = /^:(\d{1,7}):(\d{1,7})/

/**
 * Where a run failed: in the author's file, by the package's map, or else in the entry. A map is a stranger's data and is
 * read in a cage; one that tells nothing leaves the place of the entry.
 */
export async function failurePlace(
  trace: StackMapperDeps['trace'],
  { digest, sourceMap }: ExtractedCode,
  { name, version, annex }: Manifest,
  { stack = '' }: RunFailure,
): Promise<Pick<TrialFailure, 'file' | 'line' | 'column'>> {
  const places = placesIn(stack, `${originOf({ extension: name, version })}extension.js`)
  const [first] = places
  if (!first) return {}
  const inEntry = { file: annex.entry, ...first }
  if (sourceMap === undefined) return inEntry
  const traced = await trace({ digest, sourceMap }, places)
  const own = traced.ok ? traced.value.find((place) => place && !place.source.includes('node_modules/')) : undefined
  return own ? { file: own.source, line: own.line, column: own.column } : inEntry
}

/** What stands behind each mention of the entry: the rest of a stack is text that a guest may have written. */
function placesIn(stack: string, entry: string): GeneratedPlace[] {
  const found = stack.split(entry).slice(1, FRAMES + 1)
  return found.flatMap((text) => {
    const numbers = NUMBERS.exec(text)
    const place = { line: Number(numbers?.[1]), column: Number(numbers?.[2]) }
    return place.line > 0 && place.column > 0 ? [place] : []
  })
}
