import { createHmac } from 'node:crypto'
import Stripe from 'stripe'
import t, { type Test } from 'tap'
import { type SignedRequest, verifySignature } from '../../../runtime/webhooks/verify-signature.ts'

const NOW = Date.UTC(2026, 0, 1)
const bytes = (text: string) => Buffer.from(text)
const hmac = (secret: string, body: string, as: 'hex' | 'base64') =>
  createHmac('sha256', secret).update(body).digest(as)

/** Whether it holds; and that it does not when a bit of the body, the secret or the signature is another. */
function holds(t: Test, request: SignedRequest, header: string): string {
  const verified = verifySignature(request)
  const changed = { ...request, body: Buffer.concat([request.body, bytes(' ')]) }
  t.notOk(verifySignature(changed).ok, 'another body')
  t.notOk(verifySignature({ ...request, secret: `${request.secret}BBBB` }).ok, 'another secret')
  t.notOk(verifySignature({ ...request, headers: { ...request.headers, [header]: '' } }).ok, 'no signature')
  t.notOk(
    verifySignature({ ...request, headers: { ...request.headers, [header]: 'v1=,v1,,sha256=' } }).ok,
    'an empty one',
  )
  if (!verified.ok) throw new Error(verified.reason)
  return verified.id
}

t.test('what the Stripe SDK signs, within five minutes', async (t) => {
  const [secret, payload] = ['whsec_test', '{"id":"evt_1","type":"payment_intent.succeeded"}']
  const signed = (timestamp: number) =>
    new Stripe('sk_test_1').webhooks.generateTestHeaderString({ payload, secret, timestamp })
  const request = (timestamp: number): SignedRequest => ({
    ...{ scheme: 'stripe', secret, now: NOW, body: bytes(payload) },
    headers: { 'stripe-signature': signed(timestamp) },
  })
  const now = NOW / 1000
  t.equal(holds(t, request(now), 'stripe-signature'), 'evt_1')
  for (const away of [-300, 300]) t.ok(verifySignature(request(now + away)).ok, `${away} s`)
  for (const away of [-301, 301]) t.notOk(verifySignature(request(now + away)).ok, `${away} s`)
  const old = { ...request(now), headers: { 'stripe-signature': signed(now - 301).replace(/t=\d+/, `t=${now}`) } }
  t.notOk(verifySignature(old).ok, 'its time is signed')
})

t.test('the vector of Standard Webhooks, by its own names and by those of Svix', async (t) => {
  const [id, time] = ['msg_p5jXN8AQM9LWM0D4loKWxJek', '1614265330']
  const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
  const base = {
    scheme: 'standard-webhooks' as const,
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    body: bytes('{"test": 2432232314}'),
    now: Number(time) * 1000,
  }
  const own = { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,AAAA ${signature}` }
  t.equal(holds(t, { ...base, headers: own }, 'webhook-signature'), id)
  const svix = { 'svix-id': id, 'svix-timestamp': time, 'svix-signature': signature }
  t.equal(holds(t, { ...base, header: 'Svix-Signature', headers: svix }, 'svix-signature'), id)
  t.notOk(verifySignature({ ...base, headers: { ...own, 'webhook-id': 'msg_2' } }).ok, 'its id is signed')
  t.notOk(verifySignature({ ...base, headers: own, now: base.now + 301_000 }).ok, 'it is old')
  const empty = createHmac('sha256', '').update(`${id}.${time}.`).update(base.body).digest('base64')
  const forged = { ...own, 'webhook-signature': `v1,${empty}` }
  t.notOk(verifySignature({ ...base, secret: 'whsec_!!!', headers: forged }).ok, 'a secret that decodes to nothing')
})

t.test('the vector of GitHub', async (t) => {
  const headers = {
    'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    'x-github-delivery': 'a',
  }
  const secret = "It's a Secret to Everybody"
  const request: SignedRequest = { scheme: 'github', secret, headers, body: bytes('Hello, World!'), now: NOW }
  const id = holds(t, request, 'x-hub-signature-256')
  t.match(verifySignature(request), { id }, 'sent again it is the same')
  const other = verifySignature({ ...request, headers: { ...headers, 'x-github-delivery': 'b' } })
  t.match(other, { ok: true })
  t.not(other.ok && other.id, id, 'another one with an equal body')
  const long = { ...headers, 'x-github-delivery': 'a'.repeat(257) }
  t.notOk(verifySignature({ ...request, headers: long }).ok)
})

t.test('Shopify signs in base64, and a plain code may be either', async (t) => {
  const [secret, body] = ['a secret', '{"order":1}']
  const shopify = { 'x-shopify-hmac-sha256': hmac(secret, body, 'base64') }
  const request: SignedRequest = { scheme: 'shopify', secret, headers: shopify, body: bytes(body), now: NOW }
  const id = holds(t, request, 'x-shopify-hmac-sha256')
  const named = verifySignature({ ...request, headers: { ...shopify, 'x-shopify-webhook-id': 'w1' } })
  t.same(named, { ok: true, id: `w1:${id}` }, 'the id that it is sent with is part of it')
  for (const signature of [
    hmac(secret, body, 'hex'),
    `sha256=${hmac(secret, body, 'hex')}`,
    hmac(secret, body, 'base64'),
  ]) {
    const request = { headers: { 'x-sign': signature }, header: 'X-Sign', body: bytes(body), now: NOW }
    holds(t, { scheme: 'hmac', secret, ...request }, 'x-sign')
  }
})
