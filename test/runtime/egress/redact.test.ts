import t from 'tap'
import { createRedactor } from '../../../runtime/egress/redact.ts'

const SECRET = 'Gr4nd-Secr3t/of+Acme="é&<x>'

const bound = (template = '{{key}}', where: 'bearer' | 'basic' = 'bearer') => ({
  injection: { host: 'api.erp.example', in: where, template },
  values: { key: SECRET, user: 'dupont' },
})

async function masked(bytes: Uint8Array, size: number): Promise<string> {
  const { stream } = createRedactor([bound()])
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  return Buffer.concat(await Array.fromAsync(stream(pieces()))).toString('latin1')
}

const FORMS: Record<string, string> = {
  plain: SECRET,
  'upper case': SECRET.toUpperCase().replace('É', 'é'),
  backwards: Buffer.from(SECRET).reverse().toString('latin1'),
  'as a URL': encodeURIComponent(SECRET),
  'as a URL, in small letters': encodeURIComponent(SECRET).toLowerCase(),
  'as a URL, every byte': Buffer.from(SECRET).toString('hex').replace(/../g, '%$&').toUpperCase(),
  'as a form': new URLSearchParams([['k', SECRET]]).toString(),
  'as JSON': JSON.stringify({ [SECRET]: SECRET }),
  'as JSON, slashes escaped': JSON.stringify(SECRET).replaceAll('/', '\\/'),
  'as JSON in ASCII': JSON.stringify(SECRET)
    .replace(/[<>&'+]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)
    .replaceAll('é', '\\u00E9'),
  'as HTML': 'Gr4nd-Secr3t/of+Acme=&quot;é&amp;&lt;x&gt;',
  'as HTML in numbers': 'Gr4nd-Secr3t/of+Acme=&#34;é&#38;&#60;x&#62;',
  'as hex': Buffer.from(SECRET).toString('hex').toUpperCase(),
  'as base64': Buffer.from(SECRET).toString('base64'),
  'as base64 behind one byte': Buffer.from(`.${SECRET}`).toString('base64'),
  'as base64 behind two bytes': Buffer.from(`..${SECRET}`).toString('base64'),
  'as base64url': Buffer.from(SECRET).toString('base64url'),
  'as UTF-16': Buffer.from(SECRET, 'utf16le').toString('latin1'),
  'as UTF-16, big end first': Buffer.from(SECRET, 'utf16le').swap16().toString('latin1'),
}

t.test('knows a secret in the forms that echoes use, however the bytes are cut', async (t) => {
  for (const [name, form] of Object.entries(FORMS)) {
    const isBinary = name.startsWith('as UTF-16') || name === 'backwards'
    const bytes = Buffer.from(`before ${form} after`, isBinary ? 'latin1' : 'utf8')
    const whole = await masked(bytes, bytes.length)
    t.match(whole, /^before .*\[redacted\].* after$/s, name)
    t.notMatch(whole, /gr4nd|secr3t|R3IwbmQ|4772346e64/i, name)
    for (const size of [1, 2, 3, 7, 16, 40]) {
      if ((await masked(bytes, size)) !== whole) t.fail(`${name} in pieces of ${size} bytes`)
    }
  }
})

t.test('leaves everything else as it is, byte for byte', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7) % 256))
  t.equal(await masked(bytes, 100), bytes.toString('latin1'))
  const almost = `${SECRET.slice(0, -1)} ${SECRET.slice(1)}`
  t.equal(await masked(Buffer.from(almost), 3), Buffer.from(almost).toString('latin1'), 'a part is not the whole')
  t.equal(await masked(Buffer.alloc(0), 1), '')
})

t.test('masks texts of one byte a character and of more', async (t) => {
  const { text } = createRedactor([bound()])
  t.equal(text(`snow ☃ ${SECRET}`), 'snow ☃ [redacted]')
  t.equal(text(`é ${SECRET}`), 'é [redacted]')
  t.equal(text(Buffer.from(SECRET).toString('latin1')), '[redacted]', 'the bytes of its UTF-8, as headers show them')
  t.equal(text('nothing'), 'nothing')
})

t.test('knows the token of basic authentication too, and no user name', async (t) => {
  const { text } = createRedactor([bound('{{user}}:{{key}}', 'basic')])
  const token = Buffer.from(`dupont:${SECRET}`).toString('base64')
  const echoes = [token, encodeURIComponent(token), Buffer.from(`Basic ${token}`).toString('base64')]
  for (const echo of echoes) t.match(text(`x ${echo}`), /^x \S*\[redacted\]\S*$/)
  t.equal(text('Monsieur Dupont'), 'Monsieur Dupont')
})

t.test('what a client certificate needs is never sent, so it is not looked for', async (t) => {
  const values = { certificate: 'public certificate', privateKey: 'private key text' }
  const { text } = createRedactor([{ injection: { host: 'a.example', in: 'mtls' }, values }])
  t.equal(text('the private key text'), 'the private key text')
})
