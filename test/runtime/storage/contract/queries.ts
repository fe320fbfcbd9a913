import fc from 'fast-check'
import type { Documents, Query, Sort } from '../../../../runtime/storage/port.ts'
import { type ContractPart, newOrganization, refused, type Thing, things } from './things.ts'

/** Finding, ordering, paging, and refusing what no index serves. */
export function queriesContract({ t, store }: ContractPart): void {
  const open = () => {
    const org = newOrganization()
    return { org, docs: store.forOrganization(org)(things), id: (n: number | string) => `${org}_${n}` }
  }

  t.test('conditions', async (t) => {
    const { docs, id } = open()
    await docs.insertMany([
      { _id: id(1), group: 'g', rank: 1, title: 'a', flag: true },
      { _id: id(2), group: 'g', rank: 2, title: 'b', flag: false },
      { _id: id(3), group: 'g', rank: 3, data: null },
      { _id: id(4), group: 'g' },
      { _id: id(5), rank: 2 },
    ])
    const ids = async (where: Query['where'] & object) =>
      (await docs.find({ where })).data.map((doc) => doc._id.slice(-1)).join('')
    t.equal(await ids({ group: 'g', rank: 2 }), '2')
    t.equal(await ids({ group: 'g', rank: { $gt: 1 } }), '23')
    t.equal(await ids({ group: 'g', rank: { $gte: 1, $lt: 3 } }), '12')
    t.equal(await ids({ group: 'g', rank: { $lte: 1 } }), '1')
    t.equal(await ids({ group: 'g', rank: { $in: [3, 1, 9] } }), '13')
    t.equal(await ids({ group: { $in: [] } }), '')
    t.equal(await ids({ group: 'g', rank: { $ne: 2 } }), '413')
    t.equal(await ids({ group: 'g', rank: null }), '4')
    t.equal(await ids({ group: 'g', title: { $exists: true } }), '12')
    t.equal(await ids({ group: 'g', data: { $exists: true } }), '3', 'null is there')
    t.equal(await ids({ group: 'g', data: null }), '4123', 'and equals null, as what is missing does')
    t.equal(await ids({ group: null }), '5')
    t.equal(await ids({ flag: true }), '1')
    t.equal(await ids({ flag: { $in: [false] } }), '2')
    t.equal(await ids({ _id: { $in: [id(4), id(2)] }, group: 'g' }), '24')
    t.equal(await ids({ _id: { $gt: id(3) } }), '45')
  })

  t.test('strings order by code point, and nothing in a value is read as an operator', async (t) => {
    const { docs, id } = open()
    const titles = ["'; drop table things; --", '$gt', 'Z', 'a', 'é', '日', '🎉']
    await docs.insertMany(titles.map((title, n) => ({ _id: id(n), group: '{"$ne":null}', rank: 1, title })))
    const where = { group: '{"$ne":null}', rank: 1 }
    const { data } = await docs.find({ where, sort: [['title', 'asc']] })
    t.same(
      data.map((doc) => doc.title),
      titles.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    )
    t.equal((await docs.find({ where: { ...where, title: "'; drop table things; --" } })).data.length, 1)
  })

  const sorts: Sort[] = [
    [['rank', 'asc']],
    [['rank', 'desc']],
    [
      ['rank', 'asc'],
      ['title', 'asc'],
    ],
    [
      ['rank', 'desc'],
      ['title', 'desc'],
    ],
    [
      ['rank', 'asc'],
      ['title', 'desc'],
    ],
    [
      ['rank', 'desc'],
      ['title', 'asc'],
    ],
    [
      ['rank', 'desc'],
      ['_id', 'asc'],
    ],
  ]

  t.test('pages through any order give every document once, missing values lowest', async (t) => {
    const fields = { rank: fc.integer({ min: 0, max: 3 }), title: fc.constantFrom('a', 'b') }
    const draft = fc.record(fields, { requiredKeys: [] })
    const world = fc.record({
      drafts: fc.array(draft, { maxLength: 14 }),
      sort: fc.constantFrom(...sorts),
      limit: fc.integer({ min: 1, max: 6 }),
    })
    await fc.assert(
      fc.asyncProperty(world, async ({ drafts, sort, limit }) => {
        const { docs, id } = open()
        await docs.insertMany(drafts.map((fields, n) => ({ _id: id(`${n}`), group: 'g', ...fields })))
        const seen = await allPages(docs, { where: { group: 'g' }, sort, limit })
        const all = await docs.find({ where: { group: 'g' }, limit: 1000 })
        t.same(
          seen.map((doc) => doc._id),
          all.data.toSorted(byOrder(sort)).map((doc) => doc._id),
        )
      }),
      { numRuns: 40 },
    )
  })

  t.test('what is inserted between two pages is not shown twice and hides nothing', async (t) => {
    for (const direction of ['asc', 'desc'] as const) {
      const { docs, id } = open()
      await docs.insertMany(Array.from({ length: 20 }, (_, n) => ({ _id: id(`m${n}`), group: 'g', rank: n })))
      const query = { where: { group: 'g' }, sort: [['rank', direction]] as const, limit: 3 }
      let late = 0
      const seen = await allPages(docs, query, async () => {
        late += 1
        await docs.insertMany([0, 7, 19].map((rank) => ({ _id: id(`late${late}${rank}`), group: 'g', rank })))
      })
      const ids = seen.map((doc) => doc._id)
      t.equal(new Set(ids).size, ids.length)
      t.equal(ids.filter((one) => one.includes('_m')).length, 20)
    }
  })

  t.test('a field that is held to one value needs no place in the sort', async (t) => {
    const { docs, id } = open()
    await docs.insertMany([1, 2, 3].map((rank) => ({ _id: id(rank), shop: 's', number: rank, email: `${rank}` })))
    const sort: Sort = [
      ['shop', 'asc'],
      ['number', 'desc'],
    ]
    const seen = await allPages(docs, { where: { shop: 's' }, sort, limit: 2 })
    t.same(
      seen.map((doc) => doc.number),
      [3, 2, 1],
    )
  })

  t.test('pages of a unique index that is entered at several values', async (t) => {
    const { docs, id } = open()
    await docs.insertMany(
      ['a', 'b'].flatMap((shop) => [1, 2].map((number) => ({ _id: id(shop + number), shop, number }))),
    )
    const seen = await allPages(docs, { where: { shop: { $in: ['a', 'b'] } }, sort: [['number', 'asc']], limit: 1 })
    t.same(
      seen.map((doc) => doc._id),
      ['a1', 'b1', 'a2', 'b2'].map(id),
    )
  })

  t.test('refuses what no declared index serves', async (t) => {
    const { docs } = open()
    const unserved: Query[] = [
      { where: { title: 'x' } },
      { where: { rank: 1 } },
      { where: { count: { $gt: 1 } } },
      { where: { title: { $ne: 'x' } } },
      { where: { group: { $exists: true } } },
      { where: { title: 'x' }, sort: [['_id', 'asc']] },
      { where: { group: 'g' }, sort: [['title', 'asc']] },
      { where: { group: 'g' }, sort: [['count', 'asc']] },
      { sort: [['rank', 'asc']] },
      { sort: [['email', 'asc']] },
      { where: { email: null } },
      { where: { shop: { $ne: 's' }, number: 1 } },
    ]
    for (const query of unserved) await t.rejects(docs.find(query), refused, JSON.stringify(query))
    await t.rejects(docs.patchFirst({ title: 'x' }, [], { set: { rank: 1 } }), refused)
    await t.rejects(docs.deleteWhere({ count: 1 }), refused)
    const served: Query[] = [
      {},
      { sort: [['_id', 'desc']] },
      { where: { group: 'g', count: 3 } },
      { where: { rank: 1, group: 'g' }, sort: [['title', 'asc']] },
      { where: { count: 3 }, sort: [['group', 'asc']] },
      { where: { shop: 's' }, sort: [['number', 'asc']] },
      { where: { state: { $in: ['a', 'b'] } }, sort: [['claim.until', 'asc']] },
    ]
    for (const query of served) t.same((await docs.find(query)).data, [], JSON.stringify(query))
  })

  t.test('refuses limits, names and operators that are none', async (t) => {
    const { docs } = open()
    for (const limit of [0, -1, 1.5, 1001, Number.NaN]) await t.rejects(docs.find({ limit }), refused)
    t.same((await docs.find({ limit: 1000 })).data, [])
    const wheres: object[] = [
      { group: undefined },
      { group: {} },
      { group: { $regex: '.' } },
      { group: { $gt: true } },
      { group: { $gt: undefined } },
      { group: ['g'] },
      { group: Number.POSITIVE_INFINITY },
      { group: { $in: [null] } },
      { group: { $in: Array.from({ length: 1001 }, (_, n) => n) } },
      { $or: [{ group: 'g' }] },
      { "group' or 1=1 --": 'g' },
      { 'group"': 'g' },
      { 'group.0': 'g' },
      { 'a..b': 'g' },
      { '': 'g' },
    ]
    for (const where of wheres) {
      await t.rejects(docs.find({ where: { group: 'g', ...where } as never }), refused, JSON.stringify(where))
    }
    await t.rejects(docs.find({ where: { group: 'g' }, sort: [['rank', 'up' as never]] }), refused)
    await t.rejects(docs.find({ where: { group: 'g' }, sort: [['rank; --', 'asc']] }), refused)
  })

  t.test('refuses a cursor of another query, and a mangled one', async (t) => {
    const { docs, id } = open()
    await docs.insertMany([1, 2, 3].map((rank) => ({ _id: id(rank), group: 'g', rank })))
    const query = { where: { group: 'g' }, limit: 1 }
    const { nextCursor: cursor = '' } = await docs.find({ ...query, sort: [['rank', 'asc']] })
    await t.rejects(docs.find({ ...query, sort: [['rank', 'desc']], cursor }), refused)
    await t.rejects(docs.find({ limit: 1, cursor }), refused)
    const inside: unknown[] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const forged = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url')
    const mangled = [
      '',
      'x',
      cursor.slice(1),
      `${cursor.slice(0, -3)}AAA`,
      forged(inside.with(1, 9)),
      forged(inside.with(1, { $gt: '' })),
      forged([...inside, 'more']),
      forged({}),
      'A'.repeat(20_000),
      7 as never,
    ]
    for (const one of mangled) {
      await t.rejects(docs.find({ ...query, sort: [['rank', 'asc']], cursor: one }), refused)
    }
    t.equal((await docs.find({ ...query, sort: [['rank', 'asc']], cursor })).data[0]?.rank, 2)
  })
}

async function allPages(docs: Documents<Thing>, query: Query, between?: () => Promise<void>): Promise<Thing[]> {
  const seen: Thing[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await docs.find({ ...query, ...(cursor === undefined ? {} : { cursor }) })
    seen.push(...page.data)
    cursor = page.nextCursor
    if (cursor === undefined || seen.length > 500) return seen
    await between?.()
  }
}

/** The sort, then the rest of the index on `group`, `rank` and `title`, then `_id`. */
function byOrder(sort: Sort): (a: Thing, b: Thing) => number {
  const direction = sort.at(-1)?.[1] ?? 'asc'
  const named = new Set(sort.map(([field]) => field))
  const rest = ['title', '_id'].filter((field) => !named.has(field) && !named.has('_id'))
  const order: Sort = [...sort, ...rest.map((field) => [field, direction] as const)]
  return (a, b) => {
    for (const [field, way] of order) {
      const [x, y] = [a, b].map((doc) => Object.entries(doc).find(([name]) => name === field)?.[1])
      if (x === y) continue
      const sign = x === undefined || (y !== undefined && x < y) ? -1 : 1
      return way === 'asc' ? sign : -sign
    }
    return 0
  }
}
