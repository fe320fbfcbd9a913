import type { Severity } from '../finding.ts'
import { isPartOfEmoji, isPartOfWord } from './joiners.ts'

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/gu
/** Scripts whose letters pass for each other's (Unicode TS 39, section 5.2). */
const LOOKALIKE = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
  /\p{Script=Coptic}/u,
  /\p{Script=Lisu}/u,
  /\p{Script=Deseret}/u,
]
/** Letters of other scripts that are drawn as Latin ones: a name of nothing else is read as Latin. */
const DRAWN_AS_LATIN = /^[аеоріѕсухјһԁԛԝАВЕЅІЈКМНОРСТУХԌԚԜΑΒΕΖΗΙΚΜΝΟΡΤΥΧοϲϳανᎪᏴᏟᎠᎬᎻᎥᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᏃ\p{N}\p{P}\p{S}\p{Z}]+$/u
/** A letter above a smaller number of marks can be read; the marks of more cover what stands around it. */
const STACKED = /(\p{Mn})\1|\p{Mn}{4}|(^|[\p{Z}\p{P}])\p{M}/u

/** What makes a name look like another, or like nothing. */
export function nameProblem(name: string): { message: string; severity?: Severity } | undefined {
  if (hasHidden(name)) return { message: 'the name has control or invisible characters' }
  if ((name.match(VISIBLE)?.length ?? 0) < 2) return { message: 'the name has fewer than two visible characters' }
  if (wordsOf(name).some(isMixed)) return { message: 'a word of the name mixes letters of scripts that look alike' }
  if (hasDressedLetters(name)) return { message: 'the name has letters in another form than the plain one' }
  if (STACKED.test(name.normalize('NFD')))
    return { message: 'the name has marks that stand on no letter, or on too few' }
  if (digitSystems(name) > 1) return { message: 'the name mixes digits of several scripts' }
  if (/\p{L}/u.test(name) && !/\p{Script=Latin}/u.test(name) && DRAWN_AS_LATIN.test(name))
    return { message: 'every letter of the name is drawn as a Latin one and is none', severity: 'review' }
  return undefined
}

/** Control and invisible characters. Those that Persian, Hindi and emoji are written with are none where they belong. */
export function hasHidden(text: string): boolean {
  for (const { index, 0: character } of text.matchAll(INVISIBLE)) {
    if (!isPartOfEmoji(text, index, character) && !isPartOfWord(text, index, character)) return true
  }
  return false
}

function wordsOf(name: string): string[] {
  return name.split(/[^\p{L}\p{M}\p{N}]/u)
}

function isMixed(word: string): boolean {
  return LOOKALIKE.filter((script) => script.test(word)).length > 1
}

/** Full-width, mathematical, long and enclosed Latin letters. The ordinals of Spanish and Italian are none of these. */
function hasDressedLetters(name: string): boolean {
  return Array.from(name).some(
    (character) => /[\p{L}\u24b6-\u24e9\u{1f130}-\u{1f189}]/u.test(character) && isDressed(character),
  )
}

function isDressed(character: string): boolean {
  if (/[a-zªº]/i.test(character) && character.length === 1 && character.charCodeAt(0) < 0x100) return false
  return /^[a-z]+$/i.test(character.normalize('NFKC')) || /[\u{1f130}-\u{1f189}]/u.test(character)
}

/** How many sets of decimal digits there are: every set is ten in a row, from a zero on. */
function digitSystems(name: string): number {
  const digits = Array.from(name.matchAll(/\p{Nd}/gu), ([digit]) => digit.codePointAt(0) ?? 0)
  return new Set(digits.map(zeroOf)).size
}

function zeroOf(digit: number): number {
  let zero = digit
  // The nine before a zero belong to it; sets may follow each other directly, as mathematical digits do.
  while (digit - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
  return zero
}
