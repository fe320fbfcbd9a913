import { native } from '../native.ts'
import { bytesOf, dictionary } from './convert.ts'
import { once } from './once.ts'
import { unfinishedUtf8, unfinishedUtf16 } from './unfinished.ts'
import { decodeBytes } from './utf8.ts'

export const textDecoderClass = once(() => {
  class TextDecoder {
    readonly #encoding: string
    readonly #fatal: boolean
    readonly #ignoreBOM: boolean
    #kept = new Uint8Array()
    #begun = false
    constructor(label: unknown = 'utf-8', options?: unknown) {
      const text = `${label}`
      const wishes = dictionary(options, 'TextDecoder')
      this.#encoding = native('label', text)
      if (this.#encoding === '') throw new RangeError(`The encoding "${text.slice(0, 100)}" is not supported`)
      this.#fatal = Boolean(wishes.fatal)
      this.#ignoreBOM = Boolean(wishes.ignoreBOM)
    }
    get encoding(): string {
      return this.#encoding
    }
    get fatal(): boolean {
      return this.#fatal
    }
    get ignoreBOM(): boolean {
      return this.#ignoreBOM
    }
    decode(input: unknown = new Uint8Array(), options?: unknown): string {
      const given = bytesOf(input)
      if (!given) throw new TypeError('decode takes an ArrayBuffer or a view of one')
      const more = Boolean(dictionary(options, 'decode').stream)
      const bytes = this.#kept.length === 0 ? given : joined(this.#kept, given)
      const end = bytes.length - (more ? unfinished(this.#encoding, bytes) : 0)
      this.#kept = bytes.slice(end)
      const text = decodeBytes(this.#encoding, this.#fatal, bytes.subarray(0, end))
      if (text === undefined) this.#kept = new Uint8Array()
      if (text === undefined) throw new TypeError(`The encoded data was not valid for encoding ${this.#encoding}`)
      const first = !this.#begun
      this.#begun = more && (this.#begun || text !== '')
      return first && !this.#ignoreBOM && hasMark(this.#encoding, text) ? text.slice(1) : text
    }
    get [Symbol.toStringTag](): string {
      return 'TextDecoder'
    }
  }
  return TextDecoder
})

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length)
  all.set(first)
  all.set(second, first.length)
  return all
}

/** Only the three encodings of Unicode have a byte order mark. */
function hasMark(encoding: string, text: string): boolean {
  return text[0] === '\ufeff' && encoding.startsWith('utf-')
}

/** An encoding whose characters have several bytes, and that is not told here, comes out with its last chunk. */
function unfinished(encoding: string, bytes: Uint8Array): number {
  if (encoding === 'utf-8') return unfinishedUtf8(bytes)
  if (encoding.startsWith('utf-16')) return unfinishedUtf16(bytes, encoding === 'utf-16le')
  return SINGLE_BYTE.test(encoding) ? 0 : bytes.length
}

const SINGLE_BYTE = /^(windows-|iso-8859-|ibm866$|koi8-|macintosh$|x-mac-|x-user-defined$)/
