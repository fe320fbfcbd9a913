/** UTF-8 as the Encoding standard has it: lone surrogates and malformed bytes become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length * 3)
  let at = 0
  for (const character of text.toWellFormed()) {
    const point = character.codePointAt(0) as number
    if (point < 0x80) bytes[at++] = point
    else if (point < 0x800) at = put(bytes, at, [0xc0 | (point >> 6), tail(point)])
    else if (point < 0x10000) at = put(bytes, at, [0xe0 | (point >> 12), tail(point >> 6), tail(point)])
    else at = put(bytes, at, [0xf0 | (point >> 18), tail(point >> 12), tail(point >> 6), tail(point)])
  }
  return bytes.slice(0, at)
}

function tail(bits: number): number {
  return 0x80 | (bits & 0x3f)
}

function put(bytes: Uint8Array, at: number, values: number[]): number {
  bytes.set(values, at)
  return at + values.length
}

const REPLACEMENT = 0xfffd

export function decodeUtf8(bytes: Uint8Array, fatal = false): string {
  const units: string[] = []
  for (let i = 0; i < bytes.length; ) {
    const [point, length] = pointAt(bytes, i)
    if (point === undefined && fatal) throw new TypeError('The encoded data was not valid for encoding utf-8')
    units.push(String.fromCodePoint(point ?? REPLACEMENT))
    i += length
  }
  return units.join('')
}

/** The code point at `at` and its length, or `undefined` and how many bytes one replacement stands for. */
function pointAt(bytes: Uint8Array, at: number): [number | undefined, number] {
  const first = bytes[at] as number
  if (first < 0x80) return [first, 1]
  const more =
    first >= 0xc2 && first <= 0xdf ? 1 : first >= 0xe0 && first <= 0xef ? 2 : first >= 0xf0 && first <= 0xf4 ? 3 : 0
  if (more === 0) return [undefined, 1]
  let point = first & (0x3f >> more)
  for (let i = 1; i <= more; i++) {
    const byte = bytes[at + i]
    if (byte === undefined || byte < lowest(first, i) || byte > highest(first, i)) return [undefined, i]
    point = (point << 6) | (byte & 0x3f)
  }
  return [point, more + 1]
}

/** The second byte's narrower range keeps out overlong forms, surrogates and what lies beyond U+10FFFF. */
function lowest(first: number, i: number): number {
  if (i > 1) return 0x80
  return first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
}

function highest(first: number, i: number): number {
  if (i > 1) return 0xbf
  return first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
}

export class TextEncoder {
  readonly encoding = 'utf-8'
  encode(text: unknown = ''): Uint8Array {
    return encodeUtf8(String(text))
  }
}

export class TextDecoder {
  readonly encoding = 'utf-8'
  readonly fatal: boolean
  readonly ignoreBOM: boolean
  constructor(label: unknown = 'utf-8', options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    if (!/^\s*(utf-?8|unicode-1-1-utf-8)\s*$/i.test(String(label)))
      throw new RangeError(`Only utf-8 is supported, not ${String(label)}`)
    this.fatal = options.fatal === true
    this.ignoreBOM = options.ignoreBOM === true
  }
  decode(input: ArrayBuffer | ArrayBufferView = new Uint8Array()): string {
    const bytes = ArrayBuffer.isView(input)
      ? new Uint8Array(input.buffer as ArrayBuffer, input.byteOffset, input.byteLength)
      : new Uint8Array(input)
    const text = decodeUtf8(bytes, this.fatal)
    return !this.ignoreBOM && text.startsWith('\ufeff') ? text.slice(1) : text
  }
}
