/**
 * JSON as every reader understands it: UTF-8 without a byte order mark or half a surrogate pair, no key twice, no
 * `__proto__`, bounded in size and depth. Remembers on which line each value stands.
 */
import type { Json } from '@annex/sdk/json'

export interface JsonPlace {
  line: number
  children?: Map<string, JsonPlace>
}

export type StrictJson =
  | { ok: true; value: Json; place: JsonPlace }
  | { ok: false; problems: { message: string; line?: number }[] }

export function parseStrictJson(bytes: Uint8Array, limits: { bytes: number; depth: number }): StrictJson {
  if (bytes.length > limits.bytes) return broken(`it has more than ${limits.bytes} bytes`)
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return broken('it begins with a byte order mark')
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return broken('it is not UTF-8')
  }
  try {
    const value = JSON.parse(text) as Json
    const scanned = new Scan(text, limits.depth).run()
    return scanned.problems.length > 0
      ? { ok: false, problems: scanned.problems }
      : { ok: true, value, place: scanned.place }
  } catch (error) {
    return notJson(error, text)
  }
}

/** The line of the value at a JSON pointer, or of the nearest value around it. */
export function lineAt(place: JsonPlace, pointer: string): number {
  let at = place
  for (const step of pointer.split('/').slice(1)) {
    const next = at.children?.get(step.replaceAll('~1', '/').replaceAll('~0', '~'))
    if (!next) break
    at = next
  }
  return at.line
}

function broken(message: string): StrictJson {
  return { ok: false, problems: [{ message }] }
}

function notJson(error: unknown, text: string): StrictJson {
  if (!(error instanceof SyntaxError)) throw error
  const position = /at position (\d{1,9})/.exec(error.message)
  if (!position) return broken('it is not JSON')
  const line = text.slice(0, Number(position[1])).split('\n').length
  return { ok: false, problems: [{ message: 'it is not JSON (comments and trailing commas are not either)', line }] }
}

interface Frame {
  place: JsonPlace
  /** The key of the member that comes next; in an array, its index. */
  key: string | number
  array: boolean
}

/** Goes over a text that is known to be JSON, without recursion. */
class Scan {
  readonly #text: string
  readonly #depth: number
  readonly #stack: Frame[] = []
  readonly #problems: { message: string; line?: number }[] = []
  #root: JsonPlace = { line: 1 }
  #at = 0
  #line = 1

  constructor(text: string, depth: number) {
    this.#text = text
    this.#depth = depth
  }

  run(): { place: JsonPlace; problems: { message: string; line?: number }[] } {
    while (this.#at < this.#text.length && this.#problems.length < 20) this.#token(this.#text[this.#at] ?? '')
    return { place: this.#root, problems: this.#problems }
  }

  #token(character: string): void {
    if (character === '"') this.#string()
    else if (character === '{' || character === '[') this.#open(character === '[')
    else if (character === '}' || character === ']') this.#stack.pop()
    else if (character === ',') this.#next()
    else if (character === '\n') this.#line++
    else if (!' \r\t:'.includes(character)) this.#literal()
    this.#at++
  }

  #open(array: boolean): void {
    const place = this.#value()
    place.children = new Map()
    this.#stack.push({ place, key: array ? 0 : '', array })
    if (this.#stack.length <= this.#depth) return
    this.#problems.push({ message: `it is nested deeper than ${this.#depth}`, line: this.#line })
    this.#at = this.#text.length
  }

  #next(): void {
    const frame = this.#stack.at(-1)
    if (frame) frame.key = typeof frame.key === 'number' ? frame.key + 1 : ''
  }

  /** A string is a key when its frame is an object that waits for one. */
  #string(): void {
    const start = this.#at
    this.#at++
    while (this.#at < this.#text.length && this.#text[this.#at] !== '"')
      this.#at += this.#text[this.#at] === '\\' ? 2 : 1
    const literal = this.#text.slice(start, this.#at + 1)
    if (literal.includes('\\u') && !(JSON.parse(literal) as string).isWellFormed())
      this.#problems.push({ message: 'a text holds half a character', line: this.#line })
    const frame = this.#stack.at(-1)
    if (frame && !frame.array && this.#isKey()) this.#member(frame, JSON.parse(literal) as string)
    else this.#value()
  }

  #isKey(): boolean {
    let after = this.#at + 1
    while (' \r\t\n'.includes(this.#text[after] ?? '-')) after++
    return this.#text[after] === ':'
  }

  #member(frame: Frame, key: string): void {
    if (frame.place.children?.has(key))
      this.#problems.push({ message: 'a key stands twice in one object', line: this.#line })
    if (key === '__proto__') this.#problems.push({ message: 'the key __proto__ is not allowed', line: this.#line })
    frame.key = key
  }

  #literal(): void {
    this.#value()
    while (!' \r\t\n,]}'.includes(this.#text[this.#at + 1] ?? ',')) this.#at++
  }

  #value(): JsonPlace {
    const place: JsonPlace = { line: this.#line }
    const frame = this.#stack.at(-1)
    if (frame) frame.place.children?.set(String(frame.key), place)
    else this.#root = place
    return place
  }
}
