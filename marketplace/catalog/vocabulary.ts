import { createSlips } from './slips.ts'

/** Words near one that somebody may have misspelt. */
const MOST_NEAR = 8
const KEPT = 512

/** Which words there are, how often, and which of them a misspelt one may have meant. */
export interface Vocabulary {
  add(words: Iterable<string>): void
  remove(words: Iterable<string>): void
  /** Nearest first, then the more frequent; without those that begin with the word itself. */
  near(word: string): string[]
}

/** Words of one length, side by side: all of them are looked through for each word that was misspelt. */
interface Row {
  words: string[]
  counts: number[]
  /** One bit for each letter that is in it: words whose letters differ too much are not compared. */
  letters: number[]
  places: Map<string, number>
}

export function createVocabulary(): Vocabulary {
  const rows = new Map<number, Row>()
  /** Answers, until a word comes or goes. */
  const answered = new Map<string, string[]>()
  return {
    add(words) {
      answered.clear()
      for (const word of words) {
        // A number is meant as it is.
        if (!/^\d+$/.test(word)) enter(rowOf(rows, word.length), word)
      }
    },
    remove(words) {
      answered.clear()
      for (const word of words) {
        const row = rows.get(word.length)
        if (row) leave(row, word)
      }
    },
    near(word) {
      const near = answered.get(word) ?? nearest(rows, word)
      if (answered.size >= KEPT) answered.clear()
      answered.set(word, near)
      return near
    },
  }
}

function rowOf(rows: Map<number, Row>, length: number): Row {
  const row = rows.get(length) ?? { words: [], counts: [], letters: [], places: new Map() }
  rows.set(length, row)
  return row
}

function enter({ words, counts, letters, places }: Row, word: string): void {
  const place = places.get(word)
  if (place !== undefined) {
    counts[place] = (counts[place] ?? 0) + 1
    return
  }
  places.set(word, words.push(word) - 1)
  counts.push(1)
  letters.push(lettersOf(word))
}

/** The last one takes the place of one that is gone. */
function leave({ words, counts, letters, places }: Row, word: string): void {
  const place = places.get(word)
  if (place === undefined) return
  const left = (counts[place] ?? 0) - 1
  counts[place] = left
  if (left > 0) return
  const [last, count, mask] = [words.pop(), counts.pop(), letters.pop()]
  places.delete(word)
  if (last === undefined || count === undefined || mask === undefined || last === word) return
  words[place] = last
  counts[place] = count
  letters[place] = mask
  places.set(last, place)
}

function nearest(rows: ReadonlyMap<number, Row>, word: string): string[] {
  const most = slipsAllowed(word.length)
  const mask = lettersOf(word)
  const slipsTo = createSlips(word, most)
  const found: { word: string; slips: number; count: number }[] = []
  for (let length = word.length - most; most > 0 && length <= word.length + most; length++) {
    const { words, counts, letters } = rows.get(length) ?? { words: [], counts: [], letters: [] }
    for (let place = 0; place < words.length; place++) {
      // A slip adds, takes or changes one letter: at most two bits differ for each.
      if (bitsOf(mask ^ (letters[place] ?? 0)) > 2 * most) continue
      const other = words[place] ?? ''
      const slips = other.startsWith(word) ? most + 1 : slipsTo(other)
      if (slips <= most) found.push({ word: other, slips, count: counts[place] ?? 0 })
    }
  }
  found.sort((a, b) => a.slips - b.slips || b.count - a.count || (a.word < b.word ? -1 : 1))
  return found.slice(0, MOST_NEAR).map((each) => each.word)
}

/** Short words are each other's neighbours anyway: one slip there would be another word. */
function slipsAllowed(length: number): number {
  if (length < 4) return 0
  return length < 8 ? 1 : 2
}

/** Digits and letters of other alphabets share the bits. */
function lettersOf(word: string): number {
  let letters = 0
  for (let index = 0; index < word.length; index++) letters |= 1 << (word.charCodeAt(index) & 31)
  return letters
}

/** How many of 32 bits are set: sums of 2, 4, 8 bits, then of all bytes. */
function bitsOf(value: number): number {
  const twos = value - ((value >>> 1) & 0x55555555)
  const fours = (twos & 0x33333333) + ((twos >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
