import { native } from '../native.ts'
import { base64ToBytes, bytesToBase64 } from './base64.ts'
import { bytesOf, dictionary, isObject, needArguments } from './convert.ts'
import { cryptoKeyClass, type KeyMaterial } from './crypto-key.ts'
import { domException } from './dom-exception.ts'

/** The hashes of Web Cryptography: their names, Node's, and the bits of their block, which is the length of a new key. */
const HASHES: readonly { name: string; node: string; block: number; jwk: string }[] = [
  { name: 'SHA-1', node: 'sha1', block: 512, jwk: 'HS1' },
  { name: 'SHA-256', node: 'sha256', block: 512, jwk: 'HS256' },
  { name: 'SHA-384', node: 'sha384', block: 1024, jwk: 'HS384' },
  { name: 'SHA-512', node: 'sha512', block: 1024, jwk: 'HS512' },
]
type Hash = (typeof HASHES)[number]

const USAGES = ['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey']

/** `crypto.subtle`: digests and HMAC. `random` fills bytes for new keys. */
export function createSubtle(random: (bytes: Uint8Array) => void): object {
  return {
    async digest(...args: unknown[]): Promise<ArrayBuffer> {
      needArguments(args, 2, 'digest')
      const [algorithm, data] = [args[0], copied(args[1])]
      return answered('digest', `${hashOf(algorithm).node}\n${bytesToBase64(data)}`)
    },
    async importKey(...args: unknown[]): Promise<object> {
      needArguments(args, 5, 'importKey')
      const [format, data, algorithm, extractable, usages] = args
      const { hash, length } = hmacOf(algorithm, true)
      const wanted = usagesOf(usages)
      const bytes = keyBytes(`${format}`, data, { hash, wanted, extractable: Boolean(extractable) })
      if (bytes.length === 0) throw domException('DataError', 'The key is empty')
      if (length !== undefined && (length > bytes.length * 8 || length <= bytes.length * 8 - 8)) {
        throw domException('DataError', 'The length is not that of the key')
      }
      return cryptoKeyClass().make({ bytes, hash: hash.name, extractable: Boolean(extractable), usages: wanted })
    },
    async generateKey(...args: unknown[]): Promise<object> {
      needArguments(args, 3, 'generateKey')
      const [algorithm, extractable, usages] = args
      const { hash, length = hash.block } = hmacOf(algorithm, true)
      const wanted = usagesOf(usages)
      if (length === 0 || length > 65_536 * 8) throw domException('OperationError', 'The length of the key is wrong')
      const bytes = new Uint8Array(Math.ceil(length / 8))
      random(bytes)
      return cryptoKeyClass().make({ bytes, hash: hash.name, extractable: Boolean(extractable), usages: wanted })
    },
    async exportKey(...args: unknown[]): Promise<unknown> {
      needArguments(args, 2, 'exportKey')
      const key = keyOf(args[1])
      const format = `${args[0]}`
      if (format !== 'raw' && format !== 'jwk') throw wrongFormat(format)
      if (!key.extractable) throw domException('InvalidAccessError', 'The key is not extractable')
      return format === 'raw' ? key.bytes.slice().buffer : jwkOf(key)
    },
    async sign(...args: unknown[]): Promise<ArrayBuffer> {
      needArguments(args, 3, 'sign')
      return signed('sign', args[0], args[1], args[2])
    },
    async verify(...args: unknown[]): Promise<boolean> {
      needArguments(args, 4, 'verify')
      const signature = copied(args[2])
      const expected = new Uint8Array(signed('verify', args[0], args[1], args[3]))
      return native('equal', `${bytesToBase64(expected)}\n${bytesToBase64(signature)}`) === 'yes'
    },
    get [Symbol.toStringTag]() {
      return 'SubtleCrypto'
    },
  }
}

function signed(use: string, algorithm: unknown, given: unknown, data: unknown): ArrayBuffer {
  const bytes = copied(data)
  hmacOf(algorithm, false)
  const key = keyOf(given)
  if (!key.usages.includes(use)) throw domException('InvalidAccessError', `The key is not for "${use}"`)
  return answered('hmac', `${hashOf(key.hash).node} ${bytesToBase64(key.bytes)}\n${bytesToBase64(bytes)}`)
}

function answered(operation: string, text: string): ArrayBuffer {
  const answer = native(operation, text)
  if (answer === '') throw domException('OperationError', 'The data is too long')
  return base64ToBytes(answer).buffer
}

function copied(data: unknown): Uint8Array {
  const bytes = bytesOf(data)
  if (!bytes) throw new TypeError('The data is an ArrayBuffer or a view of one')
  return bytes
}

function nameOf(algorithm: unknown): string {
  const name = isObject(algorithm) ? (algorithm as { name?: unknown }).name : algorithm
  if (isObject(algorithm) && name === undefined) throw new TypeError('An algorithm has a name')
  return `${name}`.toUpperCase()
}

function hashOf(algorithm: unknown): Hash {
  const name = nameOf(algorithm)
  const hash = HASHES.find((one) => one.name === name)
  if (!hash) throw domException('NotSupportedError', `Unrecognized algorithm: ${name.slice(0, 100)}`)
  return hash
}

function hmacOf(algorithm: unknown, withHash: false): void
function hmacOf(algorithm: unknown, withHash: true): { hash: Hash; length?: number }
function hmacOf(algorithm: unknown, withHash: boolean): { hash: Hash; length?: number } | undefined {
  if (nameOf(algorithm) !== 'HMAC') throw domException('NotSupportedError', 'Only HMAC is supported')
  if (!withHash) return undefined
  const { hash, length } = dictionary(isObject(algorithm) ? algorithm : {}, 'HMAC')
  if (hash === undefined) throw new TypeError('HMAC needs a hash')
  if (length === undefined) return { hash: hashOf(hash) }
  const bits = Number(length)
  if (!(Math.trunc(bits) >= 0 && bits < 2 ** 32)) throw new TypeError('The length of a key is a number of bits')
  return { hash: hashOf(hash), length: Math.trunc(bits) }
}

function usagesOf(value: unknown): string[] {
  if (!isObject(value)) throw new TypeError('The usages of a key are a list')
  const usages = [...(value as Iterable<unknown>)].map((usage) => `${usage}`)
  if (!usages.every((usage) => USAGES.includes(usage))) throw new TypeError('This is no usage of a key')
  if (usages.some((usage) => usage !== 'sign' && usage !== 'verify')) {
    throw domException('SyntaxError', 'HMAC keys sign and verify')
  }
  if (usages.length === 0) throw domException('SyntaxError', 'A key needs a usage')
  return ['sign', 'verify'].filter((usage) => usages.includes(usage))
}

function keyOf(value: unknown): KeyMaterial {
  const material = cryptoKeyClass().materialOf(value)
  if (!material) throw new TypeError('This is no CryptoKey')
  return material
}

interface Wish {
  hash: Hash
  wanted: readonly string[]
  extractable: boolean
}

function keyBytes(format: string, data: unknown, wish: Wish): Uint8Array {
  if (format === 'jwk') return bytesOfJwk(data, wish)
  if (format !== 'raw') throw wrongFormat(format)
  return copied(data).slice()
}

/** Forms of other keys are known, and not of use here. */
function wrongFormat(format: string): Error {
  const message = `A secret key has no form "${format.slice(0, 20)}"`
  return /^(pkcs8|spki|raw-(secret|public|seed|private))$/.test(format)
    ? domException('NotSupportedError', message)
    : new TypeError(message)
}

/** RFC 7517 and 7518 section 6.4. */
function bytesOfJwk(data: unknown, { hash, wanted, extractable }: Wish): Uint8Array {
  if (!isObject(data) || bytesOf(data)) throw new TypeError('A JWK is an object')
  const { kty, k, alg, use, key_ops: operations, ext } = data as Record<string, unknown>
  const fits =
    kty === 'oct' &&
    typeof k === 'string' &&
    (alg === undefined || alg === hash.jwk) &&
    (use === undefined || use === 'sig') &&
    (operations === undefined || wanted.every((usage) => (operations as unknown[]).includes(usage))) &&
    (ext !== false || !extractable)
  if (!fits) throw domException('DataError', 'The JWK is not for this key')
  return base64ToBytes((k as string).replace(/-/g, '+').replace(/_/g, '/'))
}

function jwkOf({ bytes, hash, usages }: KeyMaterial): object {
  const k = bytesToBase64(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
  return { key_ops: [...usages], ext: true, alg: hashOf(hash).jwk, kty: 'oct', k }
}
