import { type ContractPart, newOrganization, refused, things } from './things.ts'

/** What is no document, and what is too large for one. */
export function refusalsContract({ t, store }: ContractPart): void {
  const org = newOrganization()
  const docs = store.forOrganization(org)(things)
  const MIB = 1024 * 1024

  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])

  t.test('refuses values that are not JSON', async (t) => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    const values: [string, unknown][] = [
      ['Date', new Date()],
      ['bigint', 1n],
      ['NaN', Number.NaN],
      ['Infinity', Number.POSITIVE_INFINITY],
      ['function', () => 1],
      ['symbol', Symbol('x')],
      ['undefined in a list', [undefined]],
      ['hole', Object.assign(new Array(2), { 0: 1 })],
      ['Map', new Map()],
      ['bytes', new Uint8Array(2)],
      ['a class', new (class Money {})()],
      ['a circle', circle],
      ['half a character', '\ud800'],
      ['an operator', { $set: 1 }],
      ['a dot', { 'a.b': 1 }],
      ['NUL', { 'a\0b': 1 }],
      ['__proto__', JSON.parse('{"__proto__":{"admin":true}}')],
    ]
    await docs.insert({ _id: `${org}_v` })
    for (const [name, value] of values) {
      await t.rejects(docs.insert({ _id: `${org}_x`, data: value as never }), refused, name)
      await t.rejects(docs.put({ _id: `${org}_x`, data: { in: [value] } as never }), refused, `${name}, deeper`)
      await t.rejects(docs.patch(`${org}_v`, { set: { data: value as never } }), refused, `${name}, in a patch`)
    }
    await t.rejects(docs.insert(JSON.parse(`{"_id":"${org}_x","__proto__":1}`)), refused)
    await t.rejects(docs.insert({ _id: `${org}_x`, $where: 1 } as never), refused)
    t.equal(await docs.get(`${org}_x`), undefined)
    t.equal((await docs.get(`${org}_v`))?.rev, 1)
  })

  t.test('an _id is a string of 1 to 512 characters', async (t) => {
    const long = `${org}${'x'.repeat(512 - org.length)}`
    t.equal((await docs.insert({ _id: long }))._id, long)
    for (const _id of ['', `${long}x`, 'a\0b', '\udfff', 7, null, undefined, { $gt: '' }]) {
      await t.rejects(docs.insert({ _id: _id as never }), refused)
      await t.rejects(docs.put({ _id: _id as never }), refused)
      await t.rejects(docs.increment(_id as never, 'count'), refused)
    }
    t.equal(await docs.get(`${long}x`), undefined, 'what cannot be there is not there')
    t.equal(await docs.patch('', { set: { rank: 1 } }), undefined)
    t.equal(await docs.delete('a\0b'), false)
    await t.rejects(docs.get({ $gt: '' } as never), refused)
  })

  t.test('a document has at most 1 MiB', async (t) => {
    const _id = `${org}_large`
    const frame = JSON.stringify({ _id, rev: 1, data: '', organizationId: org }).length
    const fits = 'x'.repeat(MIB - frame)
    t.ok(await docs.insert({ _id, data: fits }))
    t.equal((await docs.get(_id))?.data, fits)
    await t.rejects(docs.insert({ _id: `${_id}2`, data: `${fits}xx` }), refused)
    await t.rejects(docs.insert({ _id: `${_id}2`, data: 'é'.repeat(MIB / 2) }), refused, 'counted in bytes')
    await t.rejects(docs.patch(_id, { set: { title: 'y'.repeat(5000), 'claim.by': 'z'.repeat(5000) } }), refused)
    t.equal((await docs.get(_id))?.rev, 1)
  })

  t.test('a document is at most 64 deep', async (t) => {
    t.ok(await docs.insert({ _id: `${org}_deep`, data: nested(63) as never }))
    await t.rejects(docs.insert({ _id: `${org}_deeper`, data: nested(64) as never }), refused)
    await t.rejects(docs.patch(`${org}_deep`, { set: { 'data.x': nested(64) as never } }), refused)
  })

  t.test('at most 1,000 documents at once', async (t) => {
    const drafts = Array.from({ length: 1001 }, (_, n) => ({ _id: `${org}_many${n}` }))
    await t.rejects(docs.insertMany(drafts), refused)
    t.equal((await docs.insertMany(drafts.slice(1))).length, 1000)
    t.same(await docs.insertMany([]), [])
  })

  t.test('an indexed field holds a scalar of bounded length', async (t) => {
    const _id = `${org}_indexed`
    await docs.insert({ _id, group: 'x'.repeat(1024), rank: null as never })
    for (const group of [['g'], { g: 1 }, 'x'.repeat(1025)]) {
      await t.rejects(docs.put({ _id, group: group as never }), refused)
      await t.rejects(docs.patch(_id, { set: { group: group as never } }), refused)
    }
    await t.rejects(docs.patch(_id, { set: { 'group.x': 1 } }), refused)
    await t.rejects(docs.patch(_id, { set: { claim: { until: [1] } as never } }), refused)
    await t.rejects(docs.patch(_id, { set: { email: null } }), refused)
    t.equal((await docs.get(_id))?.rev, 1)
  })

  t.test('a patch names plain fields, each once, none of the port', async (t) => {
    const _id = `${org}_names`
    await docs.insert({ _id })
    const patches: object[] = [
      { set: { _id: 'x' } },
      { set: { rev: 9 } },
      { inc: { rev: 1 } },
      { unset: ['rev'] },
      { set: { 'rev.x': 1 } },
      { set: { $inc: 1 } },
      { set: { 'a.$[]': 1 } },
      { set: { 'a.0': 1 } },
      { set: { "a'b": 1 } },
      { set: { '__proto__.x': 1 } },
      { unset: [''] },
      { inc: { count: Number.NaN } },
      { inc: { count: '1' } },
      { set: { data: {}, 'data.x': 1 } },
      { set: { data: 1 }, unset: ['data'] },
      { inc: { 'data.x': 1 }, unset: ['data'] },
    ]
    for (const patch of patches) await t.rejects(docs.patch(_id, patch as never), refused, JSON.stringify(patch))
    t.equal((await docs.get(_id))?.rev, 1)
  })
}
