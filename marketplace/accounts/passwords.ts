import { hash, verify } from '@node-rs/argon2'
import { type Outcome, refused } from '../errors.ts'

export interface Passwords {
  /** The PHC string of a password that keeps the rule: 12 to 256 characters. */
  hash(password: string): Promise<Outcome<string>>
  /** With `undefined` it works as long as with a hash and answers false: unknown accounts take no less time. */
  verify(stored: string | undefined, password: string): Promise<boolean>
}

// Argon2id is the library's default algorithm; 19 MiB, two passes, one lane are OWASP's choice for it.
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const MIN_LENGTH = 12
const MAX_LENGTH = 256

export function createPasswords(): Passwords {
  const nobody = hash('no account has this password', OPTIONS)
  return {
    async hash(password) {
      const text = password.normalize('NFKC')
      if (text.length < MIN_LENGTH || text.length > MAX_LENGTH)
        return refused('WEAK_PASSWORD', `a password has ${MIN_LENGTH} to ${MAX_LENGTH} characters`)
      return { ok: true, value: await hash(text, OPTIONS) }
    },
    async verify(stored, password) {
      const text = password.normalize('NFKC')
      if (text.length > MAX_LENGTH) return false
      const matches = await verify(stored ?? (await nobody), text)
      return matches && stored !== undefined
    },
  }
}
