/** How many bytes at the end begin a character of UTF-8 without finishing it: a decoder keeps them for the next chunk. */
export function unfinishedUtf8(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const first = bytes[bytes.length - back] as number
    if (first >= 0x80 && first < 0xc0) continue
    if (lengthAfter(first) <= back) return 0
    return back === 1 || isSecond(first, bytes[bytes.length - back + 1] as number) ? back : 0
  }
  return 0
}

function lengthAfter(first: number): number {
  if (first < 0xc2 || first > 0xf4) return 1
  return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
}

/** The second byte's narrower range keeps out overlong forms, surrogates and what lies beyond U+10FFFF. */
function isSecond(first: number, second: number): boolean {
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  return second >= low && second <= high
}

/** The same for UTF-16: half a unit, and a unit that waits for the second of its pair. */
export function unfinishedUtf16(bytes: Uint8Array, littleEndian: boolean): number {
  const odd = bytes.length % 2
  const last = bytes[bytes.length - odd - (littleEndian ? 1 : 2)]
  return last !== undefined && (last & 0xfc) === 0xd8 ? odd + 2 : odd
}
