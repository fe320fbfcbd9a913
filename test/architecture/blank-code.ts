/** A string literal of the source; `start` is the place of its opening quote. */
export interface StringLiteral {
  start: number
  value: string
}

export interface BlankedCode {
  /** The source, same length and lines, with spaces for comments and for what stands inside strings, templates and
   * regular expressions: what is left is code, so that a pattern can't match a word in a text. */
  code: string
  /** Plain quoted strings only, unescaped text as written. */
  strings: StringLiteral[]
}

/** A `/` behind one of these words starts a regular expression; behind any other word it divides. */
const WORDS_BEFORE_REGEXP = new Set(['return', 'typeof', 'case', 'in', 'of', 'do', 'else', 'void', 'delete', 'throw'])

/** Takes TypeScript as the formatter leaves it. Parts of templates inside `${}` stay code. */
export function blankCode(source: string): BlankedCode {
  const out = [...source.replace(/[\ud800-\udfff]/g, '?')]
  const strings: StringLiteral[] = []
  /** For each open `${`, how many `{` are open inside it. */
  const templates: number[] = []
  let at = 0
  let before = ''

  const blank = (from: number, to: number) => {
    for (let i = from; i < to; i++) if (out[i] !== '\n') out[i] = ' '
  }
  const skip = (end: number, kept: number) => {
    blank(at + kept, end - kept)
    at = end
    before = ')'
  }
  const readTemplate = () => {
    const end = endOfTemplatePart(source, at + 1)
    blank(at + 1, end.at)
    at = end.opens ? end.at + 2 : end.at + 1
    before = end.opens ? '(' : ')'
    if (end.opens) templates.push(0)
  }

  while (at < source.length) {
    const character = source[at] ?? ''
    const next = source[at + 1]
    if (character === '/' && next === '/') skipComment(endOfLine(source, at))
    else if (character === '/' && next === '*') skipComment(source.indexOf('*/', at + 2) + 2)
    else if (character === "'" || character === '"') {
      const end = endOfQuoted(source, at)
      strings.push({ start: at, value: source.slice(at + 1, end - 1) })
      skip(end, 1)
    } else if (character === '`') readTemplate()
    else if (character === '/' && startsRegExp(before)) skip(endOfRegExp(source, at), 0)
    else if (character === '}' && templates.at(-1) === 0) {
      templates.pop()
      readTemplate()
    } else readCode(character)
  }
  return { code: out.join(''), strings }

  function skipComment(end: number): void {
    const stop = end < at + 2 ? source.length : end
    blank(at, stop)
    at = stop
  }

  function readCode(character: string): void {
    const depth = templates.length - 1
    if (depth >= 0 && character === '{') templates[depth] = (templates[depth] ?? 0) + 1
    if (depth >= 0 && character === '}') templates[depth] = (templates[depth] ?? 0) - 1
    const word = /[\w$]+/y
    word.lastIndex = at
    const found = word.exec(source)?.[0]
    if (found) before = found
    else if (character.trim() !== '') before = character
    at += found?.length ?? 1
  }
}

/** The line of a place in the source, from 1. */
export function lineAt(source: string, place: number): number {
  return source.slice(0, place).split('\n').length
}

function startsRegExp(before: string): boolean {
  if (/^[\w$]+$/.test(before)) return WORDS_BEFORE_REGEXP.has(before)
  return before !== ')' && before !== ']' && before !== '}'
}

function endOfLine(source: string, from: number): number {
  const end = source.indexOf('\n', from)
  return end === -1 ? source.length : end
}

function endOfQuoted(source: string, from: number): number {
  const quote = source[from]
  let at = from + 1
  while (at < source.length && source[at] !== quote && source[at] !== '\n') at += source[at] === '\\' ? 2 : 1
  return at + 1
}

function endOfRegExp(source: string, from: number): number {
  let at = from + 1
  let inClass = false
  while (at < source.length && source[at] !== '\n' && (inClass || source[at] !== '/')) {
    if (source[at] === '[') inClass = true
    if (source[at] === ']') inClass = false
    at += source[at] === '\\' ? 2 : 1
  }
  return at + 1
}

function endOfTemplatePart(source: string, from: number): { at: number; opens: boolean } {
  let at = from
  while (at < source.length && source[at] !== '`') {
    if (source[at] === '$' && source[at + 1] === '{') return { at, opens: true }
    at += source[at] === '\\' ? 2 : 1
  }
  return { at, opens: false }
}
