/**
 * How many slips lie between `word` and another one: letters left out, added, changed or swapped with the next; `most + 1`
 * when there are more than that. Made once for a word that is held against thousands.
 */
export function createSlips(word: string, most: number): (other: string) => number {
  const codes = Array.from({ length: word.length }, (_, at) => word.charCodeAt(at))
  const size = word.length + most + 2
  // Three rows of the table of both words' beginnings, of which only what lies near its diagonal can stay below the most.
  const table = [new Uint8Array(size), new Uint8Array(size), new Uint8Array(size)] as const

  /** One letter of the word against those of the other; the least in its row. */
  function step(i: number, other: string, [before, last, row]: readonly [Uint8Array, Uint8Array, Uint8Array]): number {
    const [first, end] = [Math.max(1, i - most), Math.min(other.length, i + most)]
    row[first - 1] = first === 1 ? i : most + 1
    let least = row[first - 1] ?? 0
    for (let j = first; j <= end; j++) {
      const code = other.charCodeAt(j - 1)
      let slips = Math.min(
        (last[j - 1] ?? 0) + (codes[i - 1] === code ? 0 : 1),
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
      )
      const swapped = i > 1 && j > 1 && codes[i - 2] === code && codes[i - 1] === other.charCodeAt(j - 2)
      if (swapped) slips = Math.min(slips, (before[j - 2] ?? 0) + 1)
      row[j] = slips
      if (slips < least) least = slips
    }
    row[end + 1] = most + 1
    return least
  }

  return (other) => {
    if (Math.abs(other.length - word.length) > most) return most + 1
    let [before, last, row] = table
    for (let j = 0; j <= other.length; j++) last[j] = j
    for (let i = 1; i <= word.length; i++) {
      if (step(i, other, [before, last, row]) > most) return most + 1
      ;[before, last, row] = [last, row, before]
    }
    return Math.min(last[other.length] ?? 0, most + 1)
  }
}
