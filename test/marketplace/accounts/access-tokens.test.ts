import { createHmac } from 'node:crypto'
import t from 'tap'
import { createAccessTokens } from '../../../marketplace/accounts/access-tokens.ts'

const secret = new Uint8Array(32).fill(7)
const claims = { userId: 'usr_1', sessionId: 'ses_1' }

function clockAt(milliseconds: number) {
  const clock = { at: milliseconds, now: () => clock.at, iso: () => new Date(clock.at).toISOString() }
  return clock
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

t.test('a token tells its user and session for 24 hours (S-428)', async (t) => {
  const clock = clockAt(Date.UTC(2026, 0, 1))
  const tokens = createAccessTokens({ secret, clock })
  const token = await tokens.sign(claims)
  t.match(token, /^eyJ/, 'S-076')
  t.same(await tokens.verify(token), claims)
  clock.at += 24 * 3_600_000 - 1000
  t.same(await tokens.verify(token), claims)
  clock.at += 2000
  t.equal(await tokens.verify(token), undefined)
})

t.test('no other algorithm, key, issuer or shape', async (t) => {
  const clock = clockAt(Date.UTC(2026, 0, 1))
  const tokens = createAccessTokens({ secret, clock })
  const token = await tokens.sign(claims)
  const [header, payload = '', signature] = token.split('.')
  const none = `${encoded({ alg: 'none', typ: 'JWT' })}.${payload}.`
  t.equal(await tokens.verify(none), undefined, 'alg none')
  const stronger = `${encoded({ alg: 'HS512', typ: 'JWT' })}.${payload}`
  const hs512 = createHmac('sha512', secret).update(stronger).digest('base64url')
  t.equal(
    await tokens.verify(`${stronger}.${hs512}`),
    undefined,
    'a right signature by an algorithm that is not allowed',
  )
  const other = createAccessTokens({ secret: new Uint8Array(32).fill(8), clock })
  t.equal(await tokens.verify(await other.sign(claims)), undefined, 'another key')
  const stranger = `${header}.${encoded({ sub: 'usr_1', sid: 'ses_1', exp: 4_000_000_000, iss: 'x', aud: 'annex-api' })}`
  const signed = `${stranger}.${createHmac('sha256', secret).update(stranger).digest('base64url')}`
  t.equal(await tokens.verify(signed), undefined, 'another issuer')
  for (const text of ['', 'eyJ', `${header}.${payload}`, `${header}.${payload}.${signature}x`, 'a.b.c'])
    t.equal(await tokens.verify(text), undefined, text.slice(0, 20))
})
