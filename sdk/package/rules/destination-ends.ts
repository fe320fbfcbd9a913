/** Parentheses nested deeper are no destination: readers may stop at 3 (CommonMark 6.3). */
const MAX_NESTED = 32

/**
 * Where the destination that begins behind each opening parenthesis ends: at the one that closes, or at white space if
 * every one between is closed. Found for the whole text in one go, since asking for each alone costs the square of it.
 */
export function destinationEnds(text: string): ReadonlyMap<number, number> {
  const ends = new Map<number, number>()
  let open: { at: number; nested: number }[] = []
  for (let at = 0; at <= text.length; at++) {
    const character = text[at] ?? '\n'
    const innermost = open.at(-1)
    if (character === '\\') at++
    else if (character === '(') open.push({ at, nested: 0 })
    else if (character === ')' && innermost) {
      open.pop()
      const around = open.at(-1)
      if (around) around.nested = Math.max(around.nested, innermost.nested + 1)
      if (innermost.nested < MAX_NESTED) ends.set(innermost.at, at)
    } else if (/\s/.test(character)) {
      if (innermost) ends.set(innermost.at, at)
      open = []
    }
  }
  return ends
}
