import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'

/** Of an octet key pair (RFC 8037), in base64url. */
export interface KeyPair {
  /** The public half. */
  x: string
  /** The private half. */
  d: string
}

const CURVE = { kty: 'OKP', crv: 'Ed25519' } as const

/** Ed25519 (RFC 8032) over keys as a JWK has them. */
export const ed25519 = {
  newPair(): KeyPair {
    const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
    if (x === undefined || d === undefined) throw new Error('the key that was made is none')
    return { x, d }
  },
  /** Base64url. */
  sign({ x, d }: KeyPair, text: string): string {
    return sign(null, Buffer.from(text), createPrivateKey({ key: { ...CURVE, x, d }, format: 'jwk' })).toString(
      'base64url',
    )
  },
  /** False too for what is no key. */
  verify(x: string, text: string, value: string): boolean {
    const key = publicKey(x)
    return key !== undefined && verify(null, Buffer.from(text), key, Buffer.from(value, 'base64url'))
  },
}

function publicKey(x: string): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...CURVE, x }, format: 'jwk' })
  } catch {
    return undefined
  }
}
