import { type Outcome, refused } from '../errors.ts'

/** Base64 of 32 bytes. */
const SHA_256 = /(?:^|,)[ \t]*sha-256=:([A-Za-z0-9+/]{43}=):[ \t]*(?:,|$)/
const MAX_HEADER = 1_000

/** The SHA-256 (hex) that `Content-Digest` announces (RFC 9530); `undefined` without one of that algorithm. */
export function declaredDigest(header: string | string[] | undefined): Outcome<string | undefined> {
  if (header === undefined) return { ok: true, value: undefined }
  const text = Array.isArray(header) ? header.join(',') : header
  const found = text.length <= MAX_HEADER ? SHA_256.exec(text)?.[1] : undefined
  if (found !== undefined) return { ok: true, value: Buffer.from(found, 'base64').toString('hex') }
  if (text.length <= MAX_HEADER && !/sha-256/i.test(text)) return { ok: true, value: undefined }
  return refused('INVALID_ARGUMENT', 'Content-Digest is written as sha-256=:<base64 of the digest>:')
}
