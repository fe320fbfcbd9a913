import { createHmac, randomBytes } from 'node:crypto'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** 256 bits from the system's generator as 43 base-62 characters. */
export function randomSecret(): string {
  return base62(BigInt(`0x${randomBytes(32).toString('hex')}`), 43)
}

export function base62(value: bigint, length: number): string {
  let rest = value
  let text = ''
  while (text.length < length) {
    text = BASE62[Number(rest % 62n)] + text
    rest /= 62n
  }
  return text
}

/**
 * The form in which a secret is stored: HMAC-SHA-256 (hex) under the pepper, which is not in the store. Looking up by it
 * tells nothing through time, since nobody without the pepper can choose what is compared.
 */
export function keyedHash(pepper: Uint8Array, secret: string): string {
  return createHmac('sha256', pepper).update(secret).digest('hex')
}
