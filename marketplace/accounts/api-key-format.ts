import { crc32 } from 'node:zlib'
import { base62, randomSecret } from './secret-text.ts'

const BODY = /^[0-9A-Za-z]{43}$/
const CHECK_LENGTH = 6

/** A new key: `<prefix>_<43 base-62 characters, 256 bits><6 base-62 characters of CRC-32>`. */
export function newApiKey(prefix: string): string {
  const secret = randomSecret()
  return `${prefix}_${secret}${checkOf(secret)}`
}

/** Whether `text` can be a key at all: a typing error or a made-up one ends here, before any look into the store. */
export function isWellFormedApiKey(prefix: string, text: string): boolean {
  if (!text.startsWith(`${prefix}_`)) return false
  const rest = text.slice(prefix.length + 1)
  const secret = rest.slice(0, -CHECK_LENGTH)
  return BODY.test(secret) && rest.slice(-CHECK_LENGTH) === checkOf(secret)
}

function checkOf(secret: string): string {
  return base62(BigInt(crc32(secret)), CHECK_LENGTH)
}
