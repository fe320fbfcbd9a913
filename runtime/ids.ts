import { randomBytes } from 'node:crypto'

/** Makes identifiers: `<prefix>_` + 10 characters of time + 16 random characters, Crockford base 32 in lower case. */
export type Ids = (prefix: string) => string

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** Time-ordered identifiers (the layout of a ULID), so that rows created together lie together in an index. */
export function createIds(now: () => number): Ids {
  return (prefix) => `${prefix}_${encodeTime(now())}${randomPart()}`
}

function encodeTime(milliseconds: number): string {
  let rest = milliseconds
  let text = ''
  for (let i = 0; i < 10; i++) {
    text = ALPHABET[rest % 32] + text
    rest = Math.floor(rest / 32)
  }
  return text
}

function randomPart(): string {
  let text = ''
  for (const byte of randomBytes(16)) text += ALPHABET[byte % 32]
  return text
}
