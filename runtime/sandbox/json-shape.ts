const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const [OPEN_ARRAY, CLOSE_ARRAY] = [0x5b, 0x5d]
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d]

/** How deep JSON may be nested, and of how many values it may be made. */
export interface JsonBounds {
  depth: number
  values: number
}

/**
 * Why a text is more than it may be, before it is parsed: what is nested, or cut into values, by the million holds a
 * parser for seconds. Says nothing of whether it is JSON.
 */
export function jsonExcess(text: string, { depth, values }: JsonBounds): 'depth' | 'values' | undefined {
  let [level, count] = [0, 0]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === COMMA) count++
    else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
      count++
      if (++level > depth) return 'depth'
    } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) level--
    if (count > values) return 'values'
  }
  return undefined
}

/** Where the string that begins at `start` is closed. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++
    if (slashes % 2 === 0) return end
  }
  return text.length
}
