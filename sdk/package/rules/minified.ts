import type { ScriptSyntax } from './entry-syntax.ts'

/** Characters from a place to a place of the text. */
export interface Stretch {
  start: number
  end: number
}

/** So much code on one line is nobody's handwriting, and of bundlers only that of tables. */
const LONG_LINE = 500
/** Less than this altogether is something that a person can still read. */
const MIN_CODE = 2000
/** Of code that is written for people, every eighth character and more is a space; minifiers leave every twentieth. */
const MAX_SPACES = 0.08

/** A line that is minified, and how much of it is code. */
export interface MinifiedLine extends Stretch {
  code: number
}

/** The lines on which a script is minified; none if it is not. Texts and patterns are data, however long. */
export function minifiedLines(syntax: ScriptSyntax): MinifiedLine[] {
  const { text, lines } = syntax
  const texts = literals(syntax)
  const found: MinifiedLine[] = []
  let all = 0
  let next = 0
  for (const [n, start] of lines.entries()) {
    const end = (lines[n + 1] ?? text.length + 1) - 1
    while (next < texts.length && (texts[next]?.end ?? 0) <= start) next++
    if (end - start < LONG_LINE) continue
    const code = codeBetween(text, { start, end }, texts, next)
    if (code.length < LONG_LINE || spaces(code) > code.length * MAX_SPACES) continue
    all += code.length
    found.push({ start, end, code: code.length })
  }
  return all >= MIN_CODE ? found : []
}

function codeBetween(text: string, { start, end }: Stretch, texts: readonly Stretch[], from: number): string {
  const pieces: string[] = []
  let at = start
  for (let n = from; n < texts.length; n++) {
    const literal = texts[n]
    if (!literal || literal.start >= end) break
    if (literal.start > at) pieces.push(text.slice(at, literal.start))
    at = Math.max(at, literal.end)
  }
  if (at < end) pieces.push(text.slice(at, end))
  return pieces.join('0')
}

function spaces(code: string): number {
  return code.match(/ /g)?.length ?? 0
}

function literals({ tree }: ScriptSyntax): Stretch[] {
  return [...tree.nodes('Literal'), ...tree.nodes('TemplateLiteral')]
    .map(({ node: { start, end } }) => ({ start, end }))
    .sort((a, b) => a.start - b.start)
}
