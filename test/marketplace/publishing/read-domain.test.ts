import t from 'tap'
import { readDomain } from '../../../marketplace/publishing/read-domain.ts'
import { codeOf, got } from '../rig/open-marketplace.ts'

t.test('takes what somebody registered, in one form', async (t) => {
  for (const [text, domain] of [
    ['acme.com', 'acme.com'],
    ['ACME.Com', 'acme.com'],
    ['acme.co.uk', 'acme.co.uk'],
    ['somebody.github.io', 'somebody.github.io'],
    ['müller.de', 'xn--mller-kva.de'],
    ['xn--mller-kva.de', 'xn--mller-kva.de'],
    ['例え.jp', 'xn--r8jz45g.jp'],
  ] as const)
    t.equal(got(readDomain(text)), domain, text)
})

t.test('refuses what can stand for nobody', async (t) => {
  for (const text of [
    ...['com', 'co.uk', 'github.io', 'localhost', 'acme', 'acme.local', 'acme.test', 'acme.internal', 'acme.example'],
    ...['127.0.0.1', '0x7f.1', '2130706433', '１２７.0.0.1', '[::1]', '::1', '1.in-addr.arpa', 'abc.onion'],
    ...['www.acme.com', 'a.b.acme.com', 'acme.com.', '.acme.com', 'acme..com', '-acme.com', 'acme-.com', 'a_b.com'],
    ...['acme.com/x', 'acme.com:443', 'user@acme.com', 'https://acme.com', 'acme.com?', 'acme.com#', 'ac%6de.com'],
    ...['acme .com', 'acme.com\n', 'ac\u00adme.com', 'ac\u200bme.com', 'acme\u3002com', 'xn--a.com', 'xn--.com', ''],
    ...[`${'a'.repeat(64)}.com`, `${'a.'.repeat(130)}com`, '*.acme.com', 'acme.com\u0000'],
  ])
    t.equal(codeOf(readDomain(text)), 'DOMAIN_INVALID', JSON.stringify(text))
})

t.test('says which domain to name instead', async (t) => {
  t.match(readDomain('www.acme.com'), { error: { message: /"acme\.com"/ } })
})
