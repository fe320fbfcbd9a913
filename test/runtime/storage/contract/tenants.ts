import { type ContractPart, conflict, newOrganization, refused, settings, things } from './things.ts'

/** One organization never reads, changes, deletes or learns of another's documents. */
export function tenantsContract({ t, store }: ContractPart): void {
  const two = async () => {
    const [a, b] = [newOrganization(), newOrganization()]
    const mine = store.forOrganization(a)(things)
    const other = store.forOrganization(b)(things)
    const _id = `${a}_1`
    await mine.insert({ _id, email: 'a@x', group: 'g', rank: 1, state: 'open', count: 1 })
    return { a, b, mine, other, _id, kept: await mine.get(_id) }
  }

  t.test('another organization reads nothing', async (t) => {
    const { other, _id } = await two()
    t.equal(await other.get(_id), undefined)
    t.same(await other.getMany([_id]), [])
    t.same((await other.find({})).data, [])
    t.same((await other.find({ where: { _id } })).data, [])
    t.same((await other.find({ where: { _id: { $in: [_id] } } })).data, [])
    t.same((await other.find({ where: { group: 'g' } })).data, [])
    t.same((await other.find({ where: { state: 'open' }, sort: [['rank', 'asc']] })).data, [], 'nor by a global index')
  })

  t.test('another organization changes and deletes nothing', async (t) => {
    const { mine, other, _id, kept } = await two()
    t.equal(await other.patch(_id, { set: { rank: 9 } }), undefined)
    t.equal(await other.patch(_id, { set: { rank: 9 } }, { rev: 1 }), undefined)
    t.equal(await other.patchFirst({ group: 'g' }, [], { set: { rank: 9 } }), undefined)
    t.equal(await other.patchFirst({ _id }, [], { set: { rank: 9 } }), undefined)
    t.equal(await other.delete(_id), false)
    t.equal(await other.deleteWhere({ group: 'g' }), 0)
    t.equal(await other.deleteWhere({ _id }), 0)
    await t.rejects(other.put({ _id, rank: 9 }), conflict('_id'))
    await t.rejects(other.increment(_id, 'count'), conflict('_id'))
    await t.rejects(other.insert({ _id }), conflict('_id'))
    t.same(await mine.get(_id), kept)
  })

  t.test('nor within a transaction', async (t) => {
    const { b, mine, _id, kept } = await two()
    const tryOut = (work: (docs: typeof mine) => Promise<unknown>) =>
      store.tx((tx) => work(tx.forOrganization(b)(things)))
    t.equal(await tryOut((docs) => docs.get(_id)), undefined)
    t.equal(await tryOut((docs) => docs.patch(_id, { set: { rank: 9 } })), undefined)
    t.equal(await tryOut((docs) => docs.delete(_id)), false)
    t.equal(await tryOut((docs) => docs.deleteWhere({ group: 'g' })), 0)
    await t.rejects(
      tryOut((docs) => docs.put({ _id, rank: 9 })),
      conflict('_id'),
    )
    await t.rejects(
      tryOut((docs) => docs.increment(_id, 'count')),
      conflict('_id'),
    )
    t.same(await mine.get(_id), kept)
  })

  t.test('unique values are unique within an organization, unless the index is global', async (t) => {
    const { mine, other, a, b } = await two()
    await other.insert({ _id: `${b}_1`, email: 'a@x' })
    await mine.insert({ _id: `${a}_2`, token: a })
    await t.rejects(other.insert({ _id: `${b}_2`, token: a }), conflict('token'))
  })

  t.test("a cursor does not open another organization's list", async (t) => {
    const { a, mine, other } = await two()
    await mine.insertMany([2, 3, 4].map((n) => ({ _id: `${a}_${n}`, group: 'g', rank: n })))
    const query = { where: { group: 'g' }, limit: 2 }
    const { nextCursor = '' } = await mine.find(query)
    await t.rejects(other.find({ ...query, cursor: nextCursor }), refused)
    t.equal((await mine.find({ ...query, cursor: nextCursor })).data.length, 2)
  })

  t.test('nobody sets, moves or widens the organization', async (t) => {
    const { a, b, mine, _id } = await two()
    await t.rejects(mine.insert({ _id: `${a}_2`, organizationId: b }), refused)
    await t.rejects(mine.put({ _id, organizationId: b }), refused)
    await t.rejects(mine.patch(_id, { set: { organizationId: b } }), refused)
    await t.rejects(mine.patch(_id, { unset: ['organizationId'] }), refused)
    await t.rejects(mine.find({ where: { organizationId: b } }), refused)
    await t.rejects(mine.find({ where: { organizationId: { $ne: a } } }), refused)
    t.ok(await mine.insert({ _id: `${a}_3`, organizationId: a }), 'naming the own one is harmless')
    for (const bad of ['', undefined, null, 7, { $ne: null }, 'x'.repeat(600)]) {
      t.throws(() => store.forOrganization(bad as never), refused)
    }
    t.throws(() => store.forOrganization(a)(settings), refused)
  })

  t.test('the system sees all tenants and writes into a named one', async (t) => {
    const { a, b, _id } = await two()
    const system = store.asSystem('a test')(things)
    t.equal((await system.get(_id))?.organizationId, a)
    t.equal((await system.find({ where: { organizationId: a, group: 'g' } })).data.length, 1)
    t.equal((await system.insert({ _id: `${b}_1`, organizationId: b })).organizationId, b)
    await t.rejects(system.insert({ _id: `${b}_2` }), refused)
    await t.rejects(system.put({ _id, organizationId: b }), conflict('_id'), 'a document never changes its tenant')
    t.equal((await system.put({ _id, organizationId: a, count: 1 })).rev, 2)
    t.equal(await system.increment(_id, 'count'), 2)
    await t.rejects(system.increment(`${b}_9`, 'count'), refused)
    t.equal((await system.patch(_id, { set: { rank: 3 } }))?.rank, 3)
    t.equal(await system.delete(_id), true)
    t.throws(() => store.asSystem(' '), refused)
  })
}
