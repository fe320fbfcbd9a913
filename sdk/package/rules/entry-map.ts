import { TraceMap } from '@jridgewell/trace-mapping'
import { fileText } from '../file-text.ts'
import type { ManifestStage } from '../rule.ts'
import { tracePlace } from '../trace-place.ts'
import { positionOf, type ScriptSyntax } from './entry-syntax.ts'

const read = new WeakMap<Uint8Array, TraceMap | null>()

/** A source map, read once for whoever asks; `undefined` for what is none: CODE-07 tells of it where it matters. */
export function readMap(bytes: Uint8Array): TraceMap | undefined {
  const known = read.get(bytes)
  if (known !== undefined) return known ?? undefined
  const map = parse(bytes)
  read.set(bytes, map ?? null)
  return map
}

function parse(bytes: Uint8Array): TraceMap | undefined {
  try {
    return new TraceMap(fileText(bytes) ?? '')
  } catch {
    return undefined
  }
}

/**
 * Whether a place of the entry comes from a library, as the package's own map says. A map can lie: this decides how loud
 * a rule is where the sandbox holds the code back anyway, and nothing else.
 */
export function isFromLibrary(
  { package: { files }, manifest }: ManifestStage,
  syntax: ScriptSyntax,
  index: number,
): boolean {
  const bytes = files.get(`${manifest.annex.entry}.map`)
  const map = bytes && readMap(bytes)
  const place = map && tracePlace(map, positionOf(syntax, index))
  return place?.source.includes('node_modules/') ?? false
}
