import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createSecretBox } from '../../../runtime/secrets/secret-box.ts'

const refused = { code: 'SECRET_BOX_ERROR' }
const first = { id: 'k1', key: randomBytes(32) }
const second = { id: 'k2', key: randomBytes(32) }

t.test('opens what it sealed, whatever the text', async (t) => {
  const box = createSecretBox({ keys: [first] })
  for (const text of ['', 'x', 'clé à œuf 🔑', 'a'.repeat(100_000)]) {
    t.equal(box.open(box.seal(text, 'int_1'), 'int_1'), text)
  }
})

t.test('seals the same text differently each time and shows nothing of it', async (t) => {
  const box = createSecretBox({ keys: [first] })
  const [one, two] = [box.seal('hunter2hunter2', 'int_1'), box.seal('hunter2hunter2', 'int_1')]
  t.not(one.data, two.data)
  t.not(one.iv, two.iv)
  t.notMatch(JSON.stringify(one), /hunter2/)
})

t.test('refuses another context', async (t) => {
  const box = createSecretBox({ keys: [first] })
  t.throws(() => box.open(box.seal('s', 'int_1'), 'int_2'), refused)
})

t.test('refuses a change of any part', async (t) => {
  const box = createSecretBox({ keys: [first, { id: 'k3', key: second.key }] })
  const sealed = box.seal('a secret', 'int_1')
  t.equal(box.open(sealed, 'int_1'), 'a secret', 'control: unchanged it opens')
  const flip = (text: string) => {
    const bytes = Buffer.from(text, 'base64url')
    bytes[0] = (bytes[0] ?? 0) ^ 1
    return bytes.toString('base64url')
  }
  for (const part of ['iv', 'tag', 'data'] as const) {
    t.throws(() => box.open({ ...sealed, [part]: flip(sealed[part]) }, 'int_1'), refused, part)
  }
  t.throws(() => box.open({ ...sealed, keyId: 'k3' }, 'int_1'), refused, 'another key')
  t.throws(() => box.open({ ...sealed, keyId: 'k9' }, 'int_1'), /no key k9/)
  const short = Buffer.from(sealed.tag, 'base64url').subarray(0, 4).toString('base64url')
  t.throws(() => box.open({ ...sealed, tag: short }, 'int_1'), refused, 'a tag cut short')
})

t.test('rotates: the first key seals, the others still open', async (t) => {
  const old = createSecretBox({ keys: [first] }).seal('kept', 'int_1')
  const rotated = createSecretBox({ keys: [second, first] })
  t.equal(rotated.open(old, 'int_1'), 'kept')
  t.equal(rotated.isCurrent(old), false)
  const fresh = rotated.seal('kept', 'int_1')
  t.equal(fresh.keyId, 'k2')
  t.equal(rotated.isCurrent(fresh), true)
  t.throws(() => createSecretBox({ keys: [second] }).open(old, 'int_1'), /no key k1/)
})

t.test('wants keys of 32 bytes with ids of their own', async (t) => {
  t.throws(() => createSecretBox({ keys: [] }), refused)
  t.throws(() => createSecretBox({ keys: [{ id: 'k', key: randomBytes(16) }] }), /32 bytes/)
  t.throws(() => createSecretBox({ keys: [first, first] }), /same id/)
})
