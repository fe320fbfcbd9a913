import t from 'tap'
import { publishPackage } from '../../flows/publish-package.ts'
import { packageOf } from '../rig/open-marketplace.ts'
import { buildApp } from './build-app.ts'

const ADMIN = '/api/admin/signing-keys'
const KEYS = '/api/marketplace/keys'

t.test('signing keys over HTTP', async (t) => {
  const app = await buildApp(t)
  const operator = await app.operator()
  const ada = await app.person('ada')
  const kids = async () => {
    const { body } = await app.call('GET', KEYS)
    return (body as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
  }

  t.test('are for operators, and for no key', async (t) => {
    const headers = { 'x-api-key': await app.key(operator, ['read']) }
    const before = await kids()
    t.equal(before.length, 1, 'the kill list is signed from the beginning')
    for (const [method, path, body] of [
      ['GET', ADMIN, undefined],
      ['POST', `${ADMIN}/rotate`, {}],
      ['POST', `${ADMIN}/sgk_x/revoke`, { reason: 'no' }],
    ] as const) {
      t.equal((await app.call(method, path, { body })).status, 401)
      t.equal((await ada.call(method, path, body)).status, 403)
      t.equal((await app.call(method, path, { headers, body })).status, 403)
    }
    t.same(await kids(), before, 'and none of that made one')
  })

  t.test('sign publications, and everybody reads the public halves', async (t) => {
    await publishPackage(app, operator, packageOf('1.0.0'))
    const answer = await app.call('GET', KEYS)
    t.equal(answer.status, 200)
    t.equal(answer.headers.get('cache-control'), 'public, max-age=300')
    const { keys } = answer.body as { keys: Record<string, string>[] }
    t.equal(keys.length, 1)
    t.match(keys[0], { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid: /^sgk_/, x: /^[\w-]{43}$/ })
    t.same(Object.keys(keys[0] ?? {}).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x'])
  })

  t.test('are rotated', async (t) => {
    const [first] = await kids()
    const rotated = await operator.call('POST', `${ADMIN}/rotate`, {})
    t.match(rotated, { status: 200, body: { state: 'active', signatures: 0 } })
    t.same(await kids(), [rotated.text('kid'), first])
    const listed = await operator.call('GET', `${ADMIN}?limit=1`)
    t.match(listed.body, { data: [{ kid: rotated.text('kid') }], nextCursor: String })
    t.notMatch(JSON.stringify(listed.body), /secret|proof/)
  })

  t.test('are revoked with a reason, and what they signed is signed anew', async (t) => {
    const [, first = ''] = await kids()
    t.equal((await operator.call('POST', `${ADMIN}/${first}/revoke`, {})).status, 400)
    t.equal((await operator.call('POST', `${ADMIN}/sgk_none/revoke`, { reason: 'it leaked' })).status, 404)
    const revoked = await operator.call('POST', `${ADMIN}/${first}/revoke`, { reason: 'it leaked' })
    t.match(revoked.body, { kid: first, state: 'revoked', revoked: { reason: 'it leaked' } })
    t.notOk((await kids()).includes(first))
    await app.services.runtime.jobs.runDue()
    const ofKey = async () => {
      const { body } = await operator.call('GET', ADMIN)
      return (body as { data: { kid: string; renewal?: { at?: string } }[] }).data.find(({ kid }) => kid === first)
    }
    let key = await ofKey()
    for (let tries = 0; tries < 200 && !key?.renewal?.at; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 25))
      key = await ofKey()
    }
    t.match(key, { renewal: { renewed: 1, left: 0 } })
    const detail = await app.call('GET', '/api/marketplace/catalog/acme/site-import')
    t.equal(detail.text('signature.kid'), (await kids())[0])
    const { data } = await app.services.runtime.audit.list('system', { action: 'signing-key.revoke' })
    t.match(data, [{ actor: `user:${operator.userId}`, target: first, details: { reason: 'it leaked' } }])
  })
})
