import t from 'tap'
import { isWellFormedApiKey, newApiKey } from '../../../marketplace/accounts/api-key-format.ts'

t.test('a key is the prefix, 256 bits and a checksum (S-049, S-050, S-059)', async (t) => {
  const key = newApiKey('hbc')
  t.match(key, /^hbc_[0-9A-Za-z]{49}$/)
  t.ok(isWellFormedApiKey('hbc', key))
  t.not(newApiKey('hbc'), key)
})

t.test('one changed character is told without any look-up', async (t) => {
  const key = newApiKey('hbc')
  for (let at = 4; at < key.length; at++) {
    const other = key[at] === 'a' ? 'b' : 'a'
    t.notOk(isWellFormedApiKey('hbc', key.slice(0, at) + other + key.slice(at + 1)), `at ${at}`)
  }
})

t.test('refuses other prefixes, lengths and alphabets', async (t) => {
  const key = newApiKey('hbc')
  for (const text of [
    '',
    'hbc_',
    key.slice(4),
    `pim_${key.slice(4)}`,
    `${key}a`,
    key.slice(0, -1),
    `hbc_${'-'.repeat(49)}`,
  ])
    t.notOk(isWellFormedApiKey('hbc', text), text)
})
