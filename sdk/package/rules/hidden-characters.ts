import { isPartOfEmoji, isPartOfWord } from './joiners.ts'
import type { Stretch } from './minified.ts'

/** Direction marks and overrides, zero-width characters, fillers, variation selectors, tags, a byte order mark. */
const HIDDEN = /\p{Default_Ignorable_Code_Point}/gu

export interface HiddenCharacter {
  /** `U+200B` */
  name: string
  index: number
  /** The source in a map that it stands in. */
  source?: string
}

function* hiddenCharacters(text: string): Iterable<HiddenCharacter> {
  for (const { index, 0: character } of text.matchAll(HIDDEN)) {
    if (!isPartOfEmoji(text, index, character)) yield named(character, index)
  }
}

/**
 * Those of a script, of which `patterns` tells where regular expressions stand: bundlers write a text with escapes, and
 * leave a pattern as it is, with the joiners of the words in it.
 */
export function* hiddenInScript(text: string, patterns: () => readonly Stretch[]): Iterable<HiddenCharacter> {
  for (const { name, index } of hiddenCharacters(text)) {
    const joins = isPartOfWord(text, index, text[index] ?? '') || joinsArabic(text, index)
    if (!joins || !patterns().some(({ start, end }) => start < index && index < end)) yield { name, index }
  }
}

/** Beside a letter that has other forms inside words: a pattern may begin or end there. */
function joinsArabic(text: string, index: number): boolean {
  if (text[index] !== '\u200c' && text[index] !== '\u200d') return false
  return /\p{Script=Arabic}/u.test(`${text[index - 1] ?? ''}${text[index + 1] ?? ''}`)
}

/**
 * Those of a source map. What it holds is shown to reviewers and never runs: the script has such characters as escapes. So
 * texts of people may stand in it, and in sources of libraries whatever cannot turn or carry text.
 */
export function* hiddenInMap(text: string): Iterable<HiddenCharacter> {
  const map = parse(text)
  if (!map) {
    for (const [character, index] of strangers(text)) yield named(character, index)
    return
  }
  const { sources, contents, rest } = map
  for (const [character] of strangers(rest)) yield named(character, 0)
  for (const [n, content] of contents.entries()) {
    const source = sources[n] ?? ''
    for (const [character, index] of strangers(content))
      if (!source.includes('node_modules/') || !isOfTable(content, index, character))
        yield { ...named(character, 0), source }
  }
}

function* strangers(text: string): Iterable<[string, number]> {
  for (const { index, 0: character } of text.matchAll(HIDDEN)) {
    if (!isPartOfEmoji(text, index, character) && !isPartOfWord(text, index, character)) yield [character, index]
  }
}

/** Turns text, selects variants or spells what no eye sees; in a row, any hidden character can. */
const CARRIES = /[\u202a-\u202e\u2066-\u2069]|[\ufe00-\ufe0f]|[\u{e0000}-\u{e0fff}]/u
const ROW = /^\p{Default_Ignorable_Code_Point}{4}/u

/** Libraries hold tables of all characters of an alphabet, soft hyphens and direction marks among them. */
function isOfTable(text: string, index: number, character: string): boolean {
  return !CARRIES.test(character) && !ROW.test(text.slice(index, index + 8))
}

function parse(text: string): { sources: string[]; contents: string[]; rest: string } | undefined {
  try {
    const map: unknown = JSON.parse(text)
    if (typeof map !== 'object' || map === null || Array.isArray(map)) return undefined
    const { sources, sourcesContent, mappings: _numbers, ...rest } = map as Record<string, unknown>
    const [paths, contents] = [sources, sourcesContent].map((list) => (Array.isArray(list) ? list.map(String) : []))
    return { sources: paths ?? [], contents: contents ?? [], rest: JSON.stringify([rest, sources]) }
  } catch {
    return undefined
  }
}

function named(character: string, index: number): HiddenCharacter {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return { name: `U+${code}`, index }
}
