import { type ContractPart, conflict, newOrganization, things } from './things.ts'

/** Many callers at the same documents. */
export function concurrencyContract({ t, store }: ContractPart): void {
  const open = () => {
    const org = newOrganization()
    return { org, docs: store.forOrganization(org)(things), id: (n: number | string) => `${org}_${n}` }
  }

  t.test('16 claimers at once: each document is claimed once', async (t) => {
    const { docs, id } = open()
    const count = 80
    await docs.insertMany(Array.from({ length: count }, (_, n) => ({ _id: id(n), state: 'queued', rank: n })))
    const claimed: string[] = []
    const claimer = async (by: number) => {
      // An empty answer may only mean that others were faster: the claimer looks again until nothing is queued.
      for (;;) {
        const patch = { set: { state: 'running', 'claim.by': `${by}` } }
        const got = await docs.patchFirst({ state: 'queued' }, [['claim.until', 'asc']], patch)
        if (got) claimed.push(got._id)
        else if ((await docs.find({ where: { state: 'queued' }, limit: 1 })).data.length === 0) return
      }
    }
    await Promise.all(Array.from({ length: 16 }, (_, by) => claimer(by)))
    t.equal(claimed.length, count)
    t.equal(new Set(claimed).size, count)
    const running = await docs.find({ where: { state: 'running' }, limit: 1000 })
    t.ok(running.data.every((doc) => doc.rev === 2))
  })

  t.test('an expired lease goes to one of those who want it', async (t) => {
    const { docs, id } = open()
    await docs.insert({ _id: id(1), state: 'running', claim: { until: '2026-01-01T00:00:00.000Z', by: 'dead' } })
    const where = { state: 'running', 'claim.until': { $lt: '2026-01-02T00:00:00.000Z' } }
    const take = (by: number) =>
      docs.patchFirst(where, [['claim.until', 'asc']], {
        set: { claim: { until: '2026-01-03T00:00:00.000Z', by: `${by}` } },
      })
    const takes = await Promise.all(Array.from({ length: 8 }, (_, by) => take(by)))
    const winners = takes.filter((doc) => doc !== undefined)
    t.equal(winners.length, 1)
    t.equal((await docs.get(id(1)))?.claim?.by, winners[0]?.claim?.by)
  })

  t.test('counters lose nothing, from the first increment on', async (t) => {
    const { docs, id } = open()
    const sums = await Promise.all(Array.from({ length: 60 }, () => docs.increment(id('counter'), 'count')))
    t.same(
      sums.toSorted((a, b) => a - b),
      Array.from({ length: 60 }, (_, n) => n + 1),
    )
    t.match(await docs.get(id('counter')), { count: 60, rev: 60 })
  })

  t.test('of many compare-and-sets on one rev one wins', async (t) => {
    const { docs, id } = open()
    await docs.insert({ _id: id(1), rank: 0 })
    for (let rev = 1; rev <= 5; rev++) {
      const results = await Promise.all(
        Array.from({ length: 8 }, () => docs.patch(id(1), { inc: { rank: 1 } }, { rev })),
      )
      t.equal(results.filter((doc) => doc !== undefined).length, 1)
    }
    t.equal((await docs.get(id(1)))?.rank, 5)
  })

  t.test('of many inserts of one unique value one wins', async (t) => {
    const { docs, id } = open()
    const tries = Array.from({ length: 12 }, (_, n) => docs.insert({ _id: id(n), email: 'same@x' }))
    const results = await Promise.allSettled(tries)
    t.equal(results.filter((result) => result.status === 'fulfilled').length, 1)
    const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    for (const reason of reasons) t.match(reason, conflict('email'))
  })

  t.test('whoever is refused for a row finds that row', async (t) => {
    const { docs, id, org } = open()
    const seen = async (error?: unknown) => {
      if (error !== undefined) t.match(error, conflict('email'))
      return (await docs.find({ where: { email: 'first@x' } })).data.length
    }
    const tries = Array.from({ length: 4 }, (_, n) => {
      const draft = { _id: id(n), email: 'first@x' }
      const insert = n % 2 ? docs.insert(draft) : store.tx((tx) => tx.forOrganization(org)(things).insert(draft))
      return insert.then(() => seen(), seen)
    })
    t.same(await Promise.all(tries), [1, 1, 1, 1])
  })

  t.test('a failing write takes none of its neighbours with it', async (t) => {
    const { docs, id } = open()
    await docs.insert({ _id: id('taken') })
    const writes = Array.from({ length: 20 }, (_, n) => docs.insert({ _id: n % 4 === 3 ? id('taken') : id(n) }))
    const results = await Promise.allSettled(writes)
    t.equal(results.filter((result) => result.status === 'fulfilled').length, 15)
    t.equal((await docs.find({ limit: 1000 })).data.length, 16)
  })
}
