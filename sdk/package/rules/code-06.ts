import { isAscii } from 'node:buffer'
import { fileText, lineOf } from '../file-text.ts'
import type { Observation } from '../finding.ts'
import type { FilesStage, Rule } from '../rule.ts'
import { shownPath } from './archive-faults.ts'

const CODE = /\.(js|mjs|cjs|ts|mts|cts|jsx|tsx|map)$/i
/** Direction marks and overrides, zero-width characters, fillers, variation selectors, tags, a byte order mark. */
const HIDDEN = /\p{Default_Ignorable_Code_Point}/gu
const MAX_FINDINGS = 10

export const code06: Rule = {
  id: 'CODE-06',
  severity: 'error',
  stage: 'files',
  title: 'Code reads as it runs',
  why: 'Invisible and direction-turning characters make a reviewer read another program than the one that runs.',
  fix: 'Delete the character, or write it as an escape such as \\u200b.',
  check: hiddenCharacters,
}

function* hiddenCharacters({ package: { files } }: FilesStage): Iterable<Observation> {
  let left = MAX_FINDINGS
  for (const [path, bytes] of files) {
    if (!CODE.test(path) || isAscii(bytes)) continue
    const text = fileText(bytes)
    if (text === undefined) continue
    for (const { index, 0: character } of text.matchAll(HIDDEN)) {
      if (isPartOfEmoji(text, index, character)) continue
      if (path.endsWith('.map') && isPartOfWord(text, index, character)) continue
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
      yield { message: `there is a hidden character, U+${code}`, file: shownPath(path), line: lineOf(text, index) }
      if (--left === 0) return
    }
  }
}

/**
 * Persian, Hindi and their like join and part letters with these inside words (Unicode 9.2 and 12.1, RFC 5892 appendix A):
 * texts of libraries have them. In a map they are text; the script that runs has them as escapes.
 */
function isPartOfWord(text: string, index: number, character: string): boolean {
  if (character !== '\u200c' && character !== '\u200d') return false
  const before = text.slice(Math.max(0, index - 4), index)
  return /\p{Script=Arabic}\p{M}*$/u.test(before)
    ? /^\p{Script=Arabic}/u.test(text.slice(index + 1, index + 3))
    : INDIC_JOINER.test(before)
}

/** The signs that take a consonant's vowel away, after which the two are written. */
const INDIC_JOINER = /[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca]$/

/** Selectors and joiners after a pictograph, and in a keycap, are how such a picture is written (Unicode TS 51). */
function isPartOfEmoji(text: string, index: number, character: string): boolean {
  if (character !== '\ufe0e' && character !== '\ufe0f' && character !== '\u200d') return false
  const keycap = character === '\ufe0f' && text[index + 1] === '\u20e3'
  const before = text.slice(Math.max(0, index - 2), index)
  return keycap || before.endsWith('\ufe0f') || /(\p{Extended_Pictographic}|\p{Emoji_Modifier})$/u.test(before)
}
