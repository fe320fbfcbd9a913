import { needArguments, usvString } from './convert.ts'
import { once } from './once.ts'
import { encodeUtf8 } from './utf8.ts'

export const textEncoderClass = once(() => {
  class TextEncoder {
    get encoding(): string {
      return 'utf-8'
    }
    encode(text: unknown = ''): Uint8Array<ArrayBuffer> {
      return encodeUtf8(usvString(text))
    }
    /** Whole characters only, as many as there is room for. */
    encodeInto(...args: unknown[]): { read: number; written: number } {
      needArguments(args, 2, 'encodeInto')
      const target = args[1]
      if (typeof args[0] !== 'string') throw new TypeError('encodeInto takes a text')
      const source = usvString(args[0])
      if (!(target instanceof Uint8Array)) throw new TypeError('encodeInto takes a Uint8Array')
      const read = unitsThatFit(source, target.length)
      const bytes = encodeUtf8(source.slice(0, read))
      target.set(bytes)
      return { read, written: bytes.length }
    }
    get [Symbol.toStringTag](): string {
      return 'TextEncoder'
    }
  }
  return TextEncoder
})

/** Of well-formed text. */
function unitsThatFit(text: string, room: number): number {
  let [at, left] = [0, room]
  while (at < text.length && left > 0) {
    const point = text.codePointAt(at) as number
    left -= point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
    if (left >= 0) at += point < 0x10000 ? 1 : 2
  }
  return at
}
