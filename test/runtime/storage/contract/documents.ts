import { type ContractPart, conflict, newOrganization, refused, settings, things } from './things.ts'

/** One document at a time: writing, reading, changing, comparing and setting, conflicts. */
export function documentsContract({ t, store }: ContractPart): void {
  const open = () => {
    const organizationId = newOrganization()
    return {
      organizationId,
      docs: store.forOrganization(organizationId)(things),
      id: (n: number | string) => `${organizationId}_${n}`,
    }
  }

  t.test('gives back what was inserted', async (t) => {
    const { docs, id, organizationId } = open()
    const data = { text: 'à la carte “✓” 🎉', list: [1, -2.5, 1e21, true, null, ['a'], {}], deep: { x: '', '': 0 } }
    const made = await docs.insert({ _id: id(1), title: 'one', data })
    t.equal(made.rev, 1)
    t.equal(made.organizationId, organizationId)
    t.same(await docs.get(id(1)), made)
    t.equal(await docs.get(id(2)), undefined)
  })

  t.test('drops properties that are undefined', async (t) => {
    const { docs, id } = open()
    const draft: object = { _id: id(1), title: undefined, data: { a: undefined, b: 1 } }
    const made = await docs.insert(draft as { _id: string })
    t.notOk('title' in made)
    const read = await docs.get(id(1))
    t.same(read?.data, { b: 1 })
    t.notOk(read && 'title' in read)
  })

  t.test('reads many in the order asked, without the missing', async (t) => {
    const { docs, id } = open()
    await docs.insertMany([1, 2, 3].map((n) => ({ _id: id(n), rank: n })))
    const found = await docs.getMany([id(3), id(9), id(1), id(3), ''])
    t.same(
      found.map((doc) => doc.rank),
      [3, 1, 3],
    )
    t.same(await docs.getMany([]), [])
    await t.rejects(docs.getMany(Array.from({ length: 1001 }, (_, n) => `${n}`)), refused)
  })

  t.test('a taken _id is a conflict', async (t) => {
    const { docs, id } = open()
    await docs.insert({ _id: id(1), title: 'first' })
    await t.rejects(docs.insert({ _id: id(1), title: 'second' }), conflict('_id'))
    t.equal((await docs.get(id(1)))?.title, 'first')
  })

  t.test('a conflict names the declared index, whatever method meets it', async (t) => {
    const { docs, id } = open()
    await docs.insert({ _id: id(1), email: 'a@x', shop: 's', number: 1, token: id('t') })
    await docs.insert({ _id: id(2), email: 'b@x', shop: 's', number: 2 })
    await t.rejects(docs.insert({ _id: id(3), email: 'a@x' }), conflict('email'))
    await t.rejects(docs.insert({ _id: id(3), shop: 's', number: 1 }), conflict('shop-number'))
    await t.rejects(docs.insertMany([{ _id: id(4) }, { _id: id(3), email: 'a@x' }]), conflict('email'))
    await t.rejects(docs.put({ _id: id(3), email: 'a@x' }), conflict('email'))
    await t.rejects(docs.put({ _id: id(2), shop: 's', number: 1 }), conflict('shop-number'))
    await t.rejects(docs.patch(id(2), { set: { email: 'a@x' } }), conflict('email'))
    await t.rejects(docs.patch(id(2), { inc: { number: -1 } }), conflict('shop-number'))
    await t.rejects(docs.patchFirst({ email: 'b@x' }, [], { set: { token: id('t') } }), conflict('token'))
    t.equal(await docs.get(id(3)), undefined)
    t.equal(await docs.get(id(4)), undefined, 'nothing of a failed insertMany stays')
    t.match(await docs.get(id(2)), { email: 'b@x', number: 2, rev: 1 })
  })

  t.test('documents without the first field of a unique index are not held to it', async (t) => {
    const { docs, id } = open()
    await docs.insertMany([{ _id: id(1) }, { _id: id(2) }, { _id: id(3), number: 1 }, { _id: id(4), number: 1 }])
    await docs.insert({ _id: id(5), email: 'a@x' })
    t.ok(await docs.patch(id(5), { unset: ['email'] }))
    await docs.insert({ _id: id(6), email: 'a@x' })
    await t.rejects(docs.patch(id(5), { set: { email: 'a@x' } }), conflict('email'))
    await t.rejects(docs.insert({ _id: id(7), shop: 's' }), refused, 'but the others need all of its fields')
    await t.rejects(docs.put({ _id: id(7), email: null as never }), refused)
  })

  t.test('put inserts, then replaces and raises rev', async (t) => {
    const { docs, id } = open()
    t.equal((await docs.put({ _id: id(1), title: 'a', rank: 1 })).rev, 1)
    t.equal((await docs.put({ _id: id(1), title: '$rev' })).rev, 2)
    const read = await docs.get(id(1))
    t.match(read, { title: '$rev', rev: 2 })
    t.notOk(read && 'rank' in read)
  })

  t.test('puts of one new document at once all count', async (t) => {
    const { docs, id } = open()
    const made = await Promise.all(Array.from({ length: 8 }, (_, n) => docs.put({ _id: id(1), rank: n })))
    t.same(made.map((doc) => doc.rev).sort(), [1, 2, 3, 4, 5, 6, 7, 8])
  })

  t.test('a patch sets, unsets and increments, also inside objects', async (t) => {
    const { docs, id } = open()
    await docs.insert({ _id: id(1), title: 'a', data: { x: 1, y: { z: 'z' } }, count: 5 })
    const patch = { set: { 'data.y.z': 'new', 'claim.by': 'me', rank: undefined }, unset: ['title', 'data.q.r'] }
    const changed = await docs.patch(id(1), { ...patch, inc: { count: 2, 'data.x': 0.5, 'data.n': 3 } })
    t.match(changed, { rev: 2, count: 7, data: { x: 1.5, y: { z: 'new' }, n: 3 }, claim: { by: 'me' } })
    t.notOk(changed && 'title' in changed)
    t.same(await docs.get(id(1)), changed)
    t.equal(await docs.patch(id('none'), { set: { title: 'x' } }), undefined)
    t.equal((await docs.patch(id(1), {}))?.rev, 3, 'an empty patch is a change as well')
  })

  t.test('a patch that does not fit the document is refused', async (t) => {
    const { docs, id } = open()
    await docs.insert({ _id: id(1), title: 'a', data: null })
    await t.rejects(docs.patch(id(1), { inc: { title: 1 } }), refused)
    await t.rejects(docs.patch(id(1), { inc: { data: 1 } }), refused)
    await t.rejects(docs.patch(id(1), { set: { 'title.x': 1 } }), refused)
    t.equal((await docs.get(id(1)))?.rev, 1)
  })

  t.test('compare-and-set needs the rev and the fields that were seen', async (t) => {
    const { docs, id } = open()
    await docs.insert({ _id: id(1), state: 'open', rank: 1 })
    t.equal(await docs.patch(id(1), { set: { state: 'shut' } }, { rev: 2 }), undefined)
    t.equal(await docs.patch(id(1), { set: { state: 'shut' } }, { where: { state: 'shut' } }), undefined)
    t.equal(await docs.patch(id(1), { set: { state: 'shut' } }, { where: { rank: { $gt: 1 } } }), undefined)
    t.ok(await docs.patch(id(1), { set: { state: 'shut' } }, { rev: 1, where: { state: 'open', title: null } }))
    t.equal(await docs.delete(id(1), { rev: 1 }), false)
    t.equal(await docs.delete(id(1), { rev: 2 }), true)
    t.equal(await docs.delete(id(1)), false)
  })

  t.test('increment makes the document, then counts on', async (t) => {
    const { docs, id, organizationId } = open()
    t.equal(await docs.increment(id(1), 'count'), 1)
    t.equal(await docs.increment(id(1), 'count', -4), -3)
    t.equal(await docs.increment(id(1), 'data.hits', 2), 2)
    t.same(await docs.get(id(1)), { _id: id(1), rev: 3, organizationId, count: -3, data: { hits: 2 } })
    await t.rejects(docs.increment(id(1), '_id'), refused)
  })

  t.test('deleteWhere deletes as many as it may, in order', async (t) => {
    const { docs, id } = open()
    await docs.insertMany([1, 2, 3, 4, 5].map((n) => ({ _id: id(n), group: n < 5 ? 'g' : 'h', rank: n })))
    t.equal(await docs.deleteWhere({ group: 'g' }, 3), 3)
    t.equal((await docs.get(id(4)))?.rank, 4)
    t.equal(await docs.deleteWhere({ group: 'g' }), 1)
    t.equal(await docs.deleteWhere({ group: 'g' }), 0)
    t.ok(await docs.get(id(5)))
  })

  t.test('system collections have no tenant', async (t) => {
    const docs = store.asSystem('a test')(settings)
    const key = newOrganization()
    const made = await docs.insert({ _id: key, key, value: [1] })
    t.same(made, { _id: key, rev: 1, key, value: [1] })
    t.equal((await docs.find({ where: { key } })).data.length, 1)
    await t.rejects(docs.insert({ _id: `${key}2`, key }), conflict('key'))
  })
}
