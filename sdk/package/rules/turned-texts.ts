/** Turns what follows it, letter by letter: nothing that is meant to be read needs that (Unicode 9, 2.6). */
const OVERRIDE = /[\u202d\u202e]/
/** Embeddings and isolates: honest in a text of two directions, as long as each is ended on its line. */
const BEGIN = /[\u202a\u202b\u2066-\u2068]/
const TURNING = /[\u202a-\u202e\u2066-\u2069]/g

/** Where characters turn the direction of a text in a way that hides how it goes on. */
export function* turnedPlaces(text: string): Iterable<number> {
  let open = 0
  let last = 0
  for (const { index, 0: character } of text.matchAll(TURNING)) {
    // Each line is looked at by itself.
    const end = open > 0 ? text.indexOf('\n', last) : -1
    if (end >= 0 && end < index) {
      yield last
      open = 0
    }
    last = index
    if (OVERRIDE.test(character)) yield index
    else open = BEGIN.test(character) ? open + 1 : Math.max(0, open - 1)
  }
  if (open > 0) yield last
}
