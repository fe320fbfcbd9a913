import { randomBytes } from 'node:crypto'

/** Makes identifiers: `<prefix>_` + 10 characters of time + 16 random characters, Crockford base 32 in lower case. */
export type Ids = (prefix: string) => string

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const RANDOM_LENGTH = 16

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

/** Taken from the system's source in pieces: one call for each id would cost more than all the rest of it. */
let pool = randomBytes(4096)
let used = 0

function randomPart(): string {
  if (used + RANDOM_LENGTH > pool.length) {
    pool = randomBytes(pool.length)
    used = 0
  }
  let text = ''
  for (const end = used + RANDOM_LENGTH; used < end; used++) text += ALPHABET[(pool[used] as number) % 32]
  return text
}
