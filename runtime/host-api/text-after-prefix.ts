const LAST = 0x10ffff

/**
 * The least text that sorts, by code points, after every text that begins with `prefix`; nothing when there is none.
 */
export function textAfterPrefix(prefix: string): string | undefined {
  const points = [...prefix].map((character) => character.codePointAt(0) ?? 0)
  while (points.length > 0) {
    const last = points.pop() ?? LAST
    // The surrogates between U+D7FF and U+E000 are no characters.
    if (last < LAST) return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1)
  }
  return undefined
}
