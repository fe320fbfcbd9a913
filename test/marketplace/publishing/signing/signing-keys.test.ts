import t from 'tap'
import { signingKeys } from '../../../../marketplace/publishing/signing/signing-collections.ts'
import { SIGNING_LIMITS } from '../../../../marketplace/publishing/signing/signing-keys.ts'
import { openSigning } from './open-signing.ts'

t.test('keys that packages are signed with', async (t) => {
  t.test('are made at first need, and two nodes at once make one', async (t) => {
    const rig = await openSigning(t)
    const nodes = [rig, rig.node('node-2'), rig.node('node-3')]
    t.same(await rig.keys.published(), [])
    await Promise.all(nodes.map(({ keys }) => keys.ready()))
    const { data } = await rig.keys.list({})
    t.match(data, [{ state: 'active', signatures: 0 }])
    t.equal(data.length, 1)
    t.match((await rig.audit.list('system')).data, [{ action: 'signing-key.create', actor: 'system:first-use' }])
    await rig.keys.ready()
    t.equal((await rig.keys.list({})).data.length, 1)
  })

  t.test('take turns by hand: the one before signs no more and still verifies', async (t) => {
    const rig = await openSigning(t)
    const old = await rig.release('1.0.0')
    const [first] = (await rig.keys.list({})).data
    rig.clock.move(1_000)
    const second = await rig.keys.rotate('user:usr_operator')
    t.not(second.kid, first?.kid)
    const young = await rig.release('2.0.0')
    t.match((await rig.keys.list({})).data, [
      { kid: second.kid, state: 'active', signatures: 1 },
      { kid: first?.kid, state: 'retired', signatures: 1, retiredAt: rig.clock.iso() },
    ])
    t.same([await rig.faultOf(old), await rig.faultOf(young)], [undefined, undefined])
    const published = (await rig.keys.published()).map(({ kid }) => kid)
    t.same(published, [second.kid, first?.kid], 'newest first')
    const stored = await rig.handle(signingKeys).get(first?.kid ?? '')
    t.equal(stored?.secret, undefined, 'the private half is gone')
    t.match((await rig.audit.list('system')).data[0], {
      action: 'signing-key.create',
      actor: 'user:usr_operator',
      target: second.kid,
      details: { replaced: first?.kid },
    })
  })

  t.test('take turns by age, once on however many nodes', async (t) => {
    const rig = await openSigning(t)
    const nodes = [rig, rig.node('node-2'), rig.node('node-3')]
    const sweep = () => Promise.all(nodes.map(({ keys }) => keys.sweep()))
    await sweep()
    t.same((await rig.keys.list({})).data, [], 'nothing is signed yet')
    await rig.keys.ready()
    rig.clock.move(SIGNING_LIMITS.rotateAfterMs - 1)
    await sweep()
    t.equal((await rig.keys.list({})).data.length, 1)
    rig.clock.move(1)
    await sweep()
    t.same(
      (await rig.keys.list({})).data.map(({ state }) => state),
      ['active', 'retired'],
    )
  })

  t.test('leave a revoked one for another, and serve it no more', async (t) => {
    const rig = await openSigning(t)
    await rig.keys.ready()
    const [first] = await rig.keys.published()
    const kid = first?.kid ?? ''
    t.match(await rig.keys.revoke('user:usr_operator', kid, 'it leaked'), {
      ok: true,
      value: { state: 'revoked', revoked: { by: 'user:usr_operator', reason: 'it leaked' } },
    })
    const published = await rig.keys.published()
    t.equal(published.length, 1)
    t.not(published[0]?.kid, kid)
    const stored = await rig.handle(signingKeys).get(kid)
    t.same([stored?.secret, stored?.proof, stored?.slot], [undefined, undefined, undefined])
    t.match((await rig.audit.list('system')).data, [{ action: 'signing-key.revoke', target: kid }, {}, {}])
    t.match(await rig.keys.revoke('user:usr_operator', 'sgk_none', 'it leaked'), { error: { code: 'NOT_FOUND' } })
    const again = await rig.keys.revoke('user:usr_other', kid, 'once more')
    t.match(again, { value: { revoked: { reason: 'it leaked' } } }, 'the first reason stays')
    t.equal((await rig.keys.published()).length, 1)
  })

  t.test('show no private half, in answers or in the store', async (t) => {
    const rig = await openSigning(t)
    await rig.keys.ready()
    const [stored] = (await rig.handle(signingKeys).find({})).data
    if (!stored?.secret) throw new Error('there is no key')
    const d = rig.secretBox.open(stored.secret, `signing key ${stored._id}`)
    t.match(d, /^[\w-]{43}$/)
    t.notOk(JSON.stringify(stored).includes(d))
    const [served] = await rig.keys.published()
    t.same(Object.keys(served ?? {}).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x'])
    t.notMatch(JSON.stringify((await rig.keys.list({})).data), /secret|proof|"d"/)
  })
})
