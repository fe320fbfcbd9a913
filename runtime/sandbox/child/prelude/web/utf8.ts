import { native } from '../native.ts'
import { RangeErrorClass } from '../primordials.ts'
import { base64ToBytes, bytesToBase64 } from './base64.ts'

/** As the Encoding standard has it: lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  const answer = native('encode', text.toWellFormed())
  if (answer === '') throw new RangeErrorClass('The text is too long to be encoded at once')
  return base64ToBytes(answer.slice(1))
}

/** The whole of some bytes in UTF-8, malformed ones as U+FFFD, without a byte order mark. */
export function decodeUtf8(bytes: Uint8Array): string {
  const text = decodeBytes('utf-8', false, bytes)
  if (text === undefined) throw new RangeErrorClass('The bytes are too many to be decoded at once')
  return text[0] === '\ufeff' ? text.slice(1) : text
}

/** Any encoding, with the byte order mark; `undefined` when it is `fatal` and the bytes are malformed. */
export function decodeBytes(encoding: string, fatal: boolean, bytes: Uint8Array): string | undefined {
  const answer = native('decode', `${encoding} ${fatal ? 1 : 0}\n${bytesToBase64(bytes)}`)
  return answer === '' ? undefined : answer.slice(1)
}
