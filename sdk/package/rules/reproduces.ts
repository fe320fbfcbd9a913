import { decodedMappings, type TraceMap } from '@jridgewell/trace-mapping'
import { lineStarts, positionOf, type ScriptSyntax } from './entry-syntax.ts'
import type { MinifiedLine } from './minified.ts'

/** Of the characters on minified lines, how many the map must say something of. */
const MIN_COVERED = 0.8
/** Of the words that a minifier keeps, how many must stand in the source where the map says. */
const MIN_EQUAL = 0.85
/** No piece of code is longer without another one in it; texts are, and are not counted. */
const MAX_REACH = 100
const MAX_WORDS = 2000

type Segment = ReturnType<typeof decodedMappings>[number][number]

/**
 * Why a map does not give back what was minified; `undefined` if it does. It looks whether the map covers the code,
 * carries its sources, and whether the words that survive minifying (keywords, members, texts) stand in the sources where
 * it says. It does not build the sources again: a map made with care to deceive can hold all words in the order of the
 * code and still give another meaning to what is between them. A reader of such a source would see that it is no program.
 */
export function whyNotReproduced(
  syntax: ScriptSyntax,
  minified: readonly MinifiedLine[],
  map: TraceMap,
): string | undefined {
  const mappings = decodedMappings(map)
  const words = { equal: 0, all: 0 }
  const covered = { characters: 0, all: 0 }
  const sources = sourceTexts(map)
  const every = Math.max(1, Math.floor(countSegments(syntax, minified, mappings) / MAX_WORDS))
  let n = 0
  for (const { start, end, code } of minified) {
    const line = mappings[positionOf(syntax, start).line - 1] ?? []
    covered.all += code
    for (const [at, segment] of line.entries()) {
      const [column, source] = segment
      const next = Math.min(line[at + 1]?.[0] ?? end - start, end - start, column + MAX_REACH)
      if (source !== undefined && sources[source]) covered.characters += Math.max(0, next - column)
      if (n++ % every === 0) compare(syntax.text, start, segment, sources, words)
    }
  }
  if (covered.characters < covered.all * MIN_COVERED)
    return `its source map tells of ${percent(covered.characters, covered.all)} of it where it comes from`
  if (words.all === 0 || words.equal < words.all * MIN_EQUAL)
    return `${percent(words.equal, words.all)} of its words stand where its source map says`
  return undefined
}

function countSegments(
  syntax: ScriptSyntax,
  minified: readonly MinifiedLine[],
  mappings: readonly (readonly Segment[])[],
): number {
  return minified.reduce((sum, { start }) => sum + (mappings[positionOf(syntax, start).line - 1]?.length ?? 0), 0)
}

function percent(part: number, all: number): string {
  return all === 0 ? 'none' : `${Math.floor((100 * part) / all)} %`
}

interface SourceText {
  text: string
  lines: readonly number[]
}

function sourceTexts({ sourcesContent = [] }: TraceMap): (SourceText | undefined)[] {
  return sourcesContent.map((text) =>
    typeof text === 'string' && text.trim() !== '' ? { text, lines: lineStarts(text) } : undefined,
  )
}

/** A text, a keyword, or a member after its dot: what minifiers leave as it is. */
const KEPT_WORD =
  /(?:(?<=\.)[A-Za-z_$][\w$]{2,60}|\b(?:return|function|new|typeof|throw|switch|case|await|async|class|for|while|try|catch|delete|instanceof|this)\b|(?<=["'`])[\w $./:-]{3,60}|["'`][\w $./:-]{3,60})/y

const QUOTE = /^["'`]/

function compare(
  text: string,
  lineStart: number,
  [column, source, sourceLine, sourceColumn]: Segment,
  sources: readonly (SourceText | undefined)[],
  words: { equal: number; all: number },
): void {
  if (source === undefined || sourceLine === undefined || sourceColumn === undefined) return
  KEPT_WORD.lastIndex = lineStart + column
  const word = KEPT_WORD.exec(text)?.[0]
  if (word === undefined) return
  words.all++
  const origin = sources[source]
  const from = origin?.lines[sourceLine]
  if (!origin || from === undefined) return
  const there = origin.text.slice(from + sourceColumn, from + sourceColumn + word.length)
  // A minifier may take another kind of quotes.
  if (there.replace(QUOTE, '') === word.replace(QUOTE, '')) words.equal++
}
