import t from 'tap'
import { normalizeEmail } from '../../../marketplace/accounts/email.ts'

t.test('one form for one address', async (t) => {
  t.equal(normalizeEmail('  Ada@Example.COM '), 'ada@example.com')
  t.equal(normalizeEmail('ａｄａ@example.com'), 'ada@example.com', 'full-width letters are the same letters')
})

t.test('refuses what is no address', async (t) => {
  const faults = ['', 'ada', 'ada@', '@example.com', 'ada@localhost', 'a da@example.com', 'a@b@example.com']
  for (const text of [...faults, 'a\u0000@example.com', 'a\u202e@example.com', `${'a'.repeat(250)}@example.com`])
    t.equal(normalizeEmail(text), undefined, JSON.stringify(text).slice(0, 40))
})
