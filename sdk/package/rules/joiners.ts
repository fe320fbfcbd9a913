/**
 * Persian, Hindi and their like join and part letters with these inside words (Unicode 9.2 and 12.1, RFC 5892 appendix A).
 * Takes the index of the character in `text`.
 */
export function isPartOfWord(text: string, index: number, character: string): boolean {
  if (character !== '\u200c' && character !== '\u200d') return false
  const before = text.slice(Math.max(0, index - 4), index)
  return /\p{Script=Arabic}\p{M}*$/u.test(before)
    ? /^\p{Script=Arabic}/u.test(text.slice(index + 1, index + 3))
    : INDIC_JOINER.test(before)
}

/** The signs that take a consonant's vowel away, after which the two are written. */
const INDIC_JOINER = /[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca]$/

/** Selectors and joiners after a pictograph, and in a keycap, are how such a picture is written (Unicode TS 51). */
export function isPartOfEmoji(text: string, index: number, character: string): boolean {
  if (character !== '\ufe0e' && character !== '\ufe0f' && character !== '\u200d') return false
  const keycap = character === '\ufe0f' && text[index + 1] === '\u20e3'
  const before = text.slice(Math.max(0, index - 2), index)
  return keycap || before.endsWith('\ufe0f') || /(\p{Extended_Pictographic}|\p{Emoji_Modifier})$/u.test(before)
}
