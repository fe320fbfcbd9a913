import { apply } from '../primordials.ts'
import { needArguments } from './convert.ts'
import { domException } from './dom-exception.ts'

/** ECMAScript's own, of the proposal for array buffers and base64; TypeScript's library does not know them yet. */
type FromBase64 = (text: string) => Uint8Array<ArrayBuffer>
type ToBase64 = () => string
const { fromBase64 } = Uint8Array as unknown as { fromBase64: FromBase64 }
const { toBase64 } = Uint8Array.prototype as unknown as { toBase64: ToBase64 }
const Bytes = Uint8Array
const charactersOf = String.fromCharCode

/** How many arguments one call may take without trouble. */
const AT_ONCE = 8_192

/** RFC 4648 section 4, with padding. */
export function bytesToBase64(bytes: Uint8Array): string {
  return apply(toBase64, bytes, []) as string
}

/** The forgiving decode of the Infra standard; throws on anything else. */
export function base64ToBytes(text: string): Uint8Array<ArrayBuffer> {
  return apply(fromBase64, Bytes, [text]) as Uint8Array<ArrayBuffer>
}

export function btoa(...args: unknown[]): string {
  needArguments(args, 1, 'btoa')
  const text = `${args[0]}`
  const bytes = new Bytes(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 255) throw domException('InvalidCharacterError', 'The text has a character above U+00FF')
    bytes[i] = code
  }
  return bytesToBase64(bytes)
}

export function atob(...args: unknown[]): string {
  needArguments(args, 1, 'atob')
  return latin1Of(decoded(`${args[0]}`))
}

function decoded(text: string): Uint8Array {
  try {
    return base64ToBytes(text)
  } catch {
    throw domException('InvalidCharacterError', 'The text is not valid base64')
  }
}

function latin1Of(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += AT_ONCE) {
    text += apply(charactersOf, undefined, bytes.subarray(i, i + AT_ONCE)) as string
  }
  return text
}
