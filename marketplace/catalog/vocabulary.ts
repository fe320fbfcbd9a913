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

interface Known {
  count: number
  /** One bit for each letter that is in it: words whose letters differ too much are not compared. */
  letters: number
}

export function createVocabulary(): Vocabulary {
  const byLength = new Map<number, Map<string, Known>>()
  /** Answers, until a word comes or goes. */
  const answered = new Map<string, string[]>()
  const sameLength = (word: string) => {
    const known = byLength.get(word.length) ?? new Map<string, Known>()
    byLength.set(word.length, known)
    return known
  }
  return {
    add(words) {
      answered.clear()
      for (const word of words) {
        // A number is meant as it is.
        if (/^\d+$/.test(word)) continue
        const known = sameLength(word).get(word)
        if (known) known.count++
        else sameLength(word).set(word, { count: 1, letters: lettersOf(word) })
      }
    },
    remove(words) {
      answered.clear()
      for (const word of words) {
        const known = sameLength(word).get(word)
        if (known && --known.count === 0) sameLength(word).delete(word)
      }
    },
    near(word) {
      const near = answered.get(word) ?? nearest(byLength, word)
      if (answered.size >= KEPT) answered.clear()
      answered.set(word, near)
      return near
    },
  }
}

function nearest(byLength: ReadonlyMap<number, ReadonlyMap<string, Known>>, word: string): string[] {
  const most = slipsAllowed(word.length)
  const letters = lettersOf(word)
  const found: { word: string; slips: number; count: number }[] = []
  for (let length = word.length - most; most > 0 && length <= word.length + most; length++) {
    for (const [other, known] of byLength.get(length) ?? []) {
      // A slip adds, takes or changes one letter: at most two bits differ for each.
      if (bitsOf(letters ^ known.letters) > 2 * most || other.startsWith(word)) continue
      const slips = slipsBetween(word, other, most)
      if (slips <= most) found.push({ word: other, slips, count: known.count })
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

/** Letters left out, added, changed or swapped with the next; `most + 1` when there are more than that. */
function slipsBetween(a: string, b: string, most: number): number {
  let [beforeLast, last]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, index) => index)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let slips = Math.min((last?.[j - 1] ?? 0) + (same ? 0 : 1), (last?.[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) slips = Math.min(slips, (beforeLast?.[j - 2] ?? 0) + 1)
      row.push(slips)
      if (slips < least) least = slips
    }
    if (least > most) return most + 1
    beforeLast = last
    last = row
  }
  return last?.[b.length] ?? 0
}

/** Digits and letters of other alphabets share the bits. */
function lettersOf(word: string): number {
  let letters = 0
  for (let index = 0; index < word.length; index++) letters |= 1 << (word.charCodeAt(index) & 31)
  return letters
}

function bitsOf(value: number): number {
  let [rest, bits] = [value, 0]
  while (rest !== 0) {
    rest &= rest - 1
    bits++
  }
  return bits
}
