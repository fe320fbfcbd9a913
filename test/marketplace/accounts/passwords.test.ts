import t from 'tap'
import { createPasswords } from '../../../marketplace/accounts/passwords.ts'

const passwords = createPasswords()

async function hashed(password: string): Promise<string> {
  const outcome = await passwords.hash(password)
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value
}

t.test('keeps Argon2id with 19 MiB and nothing else', async (t) => {
  t.match(await hashed('correct horse battery'), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
})

t.test('verifies the same password however it was typed', async (t) => {
  const stored = await hashed('caf\u00e9 au lait, twice')
  t.ok(await passwords.verify(stored, 'cafe\u0301 au lait, twice'), 'another normal form')
  t.notOk(await passwords.verify(stored, 'cafe au lait, twice'))
})

t.test('nobody answers to no password, not even the one behind the dummy', async (t) => {
  t.notOk(await passwords.verify(undefined, 'no account has this password'))
})

t.test('12 to 256 characters', async (t) => {
  for (const [length, ok] of [
    [11, false],
    [12, true],
    [256, true],
    [257, false],
  ] as const)
    t.equal((await passwords.hash('x'.repeat(length))).ok, ok, String(length))
})
