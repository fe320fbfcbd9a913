import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { readOutbox } from '../../../../runtime/storage/outbox-read.ts'
import { type ContractPart, conflict, newOrganization, refused, settings, things } from './things.ts'

/** All or nothing, over several collections and the outbox. */
export function transactionsContract({ t, store }: ContractPart): void {
  const open = () => {
    const org = newOrganization()
    return { org, docs: store.forOrganization(org)(things), id: (n: number | string) => `${org}_${n}` }
  }
  const boom = new Error('boom')

  t.test('commits over several collections and sees its own writes', async (t) => {
    const { org, docs, id } = open()
    const answer = await store.tx(async (tx) => {
      const mine = tx.forOrganization(org)(things)
      await mine.insert({ _id: id(1), group: 'g', rank: 1 })
      await tx
        .asSystem('a test')(settings)
        .put({ _id: id('s'), value: 1 })
      t.equal((await mine.get(id(1)))?.rank, 1)
      t.equal((await mine.find({ where: { group: 'g' } })).data.length, 1)
      t.equal(await mine.increment(id('c'), 'count', 3), 3)
      t.equal((await mine.patchFirst({ group: 'g' }, [], { inc: { rank: 1 } }))?.rank, 2)
      return 'done'
    })
    t.equal(answer, 'done')
    t.match(await docs.get(id(1)), { rank: 2, rev: 2 })
    t.equal((await store.asSystem('a test')(settings).get(id('s')))?.value, 1)
  })

  t.test('a throw leaves nothing, no event either', async (t) => {
    const { org, docs, id } = open()
    await docs.insert({ _id: id(1), rank: 1 })
    await t.rejects(
      store.tx(async (tx) => {
        const mine = tx.forOrganization(org)(things)
        await mine.insert({ _id: id(2) })
        await mine.patch(id(1), { set: { rank: 9 } })
        await mine.delete(id(1))
        tx.emit({ partition: org, type: 'thing.made', payload: null })
        throw boom
      }),
      boom,
    )
    t.match(await docs.get(id(1)), { rank: 1, rev: 1 })
    t.equal(await docs.get(id(2)), undefined)
    t.same(await readOutbox(store, org, 0, 10), [])
  })

  t.test('a conflict ends the transaction, even when it is caught', async (t) => {
    const { org, docs, id } = open()
    await docs.insert({ _id: id(1), email: 'a@x' })
    await t.rejects(
      store.tx(async (tx) => {
        const mine = tx.forOrganization(org)(things)
        await mine.insert({ _id: id(2) })
        await mine.insert({ _id: id(3), email: 'a@x' }).catch(() => undefined)
        return 'as if nothing had happened'
      }),
      conflict('email'),
    )
    t.equal(await docs.get(id(2)), undefined)
  })

  t.test('a conflict names its index', async (t) => {
    const { org, docs, id } = open()
    await docs.insert({ _id: id(1), shop: 's', number: 1 })
    await docs.insert({ _id: id(2), shop: 's', number: 2 })
    const takesNumber = (work: (mine: typeof docs) => Promise<unknown>) =>
      t.rejects(
        store.tx((tx) => work(tx.forOrganization(org)(things))),
        conflict('shop-number'),
      )
    await takesNumber((mine) => mine.insert({ _id: id(3), shop: 's', number: 1 }))
    await takesNumber((mine) => mine.put({ _id: id(2), shop: 's', number: 1 }))
    await takesNumber((mine) => mine.patch(id(2), { set: { number: 1 } }))
    await t.rejects(
      store.tx((tx) =>
        tx
          .forOrganization(org)(things)
          .insert({ _id: id(1) }),
      ),
      conflict('_id'),
    )
  })

  t.test("inside, the store's own handles, blobs and tx are refused", async (t) => {
    const { org, docs, id } = open()
    const uses: (() => Promise<unknown>)[] = [
      () => docs.get(id(1)),
      () => docs.insert({ _id: id(1) }),
      () => store.asSystem('a test')(settings).find({}),
      () => store.tx(async () => 1),
      () => store.blobs.put(new Uint8Array(1)),
      () => store.blobs.get('x'),
      () => store.ping(),
    ]
    for (const use of uses) {
      await t.rejects(
        store.tx(async () => use()),
        refused,
      )
      await t.rejects(
        store.tx(async () => {
          await sleep(1)
          return use()
        }),
        refused,
      )
    }
    await store.tx((tx) =>
      tx
        .forOrganization(org)(things)
        .insert({ _id: id(1) }),
    )
    t.ok(await docs.get(id(1)), 'and after it they work again')
  })

  t.test('its handles end with it', async (t) => {
    const { org, id } = open()
    const kept = await store.tx(async (tx) => ({ docs: tx.forOrganization(org)(things), emit: tx.emit }))
    await t.rejects(kept.docs.insert({ _id: id(1) }), refused)
    t.throws(() => kept.emit({ partition: org, type: 'x', payload: null }), refused)
  })

  t.test('what was begun in a transaction and runs on uses the store freely', async (t) => {
    const { docs, id } = open()
    let later: Promise<unknown> = Promise.resolve()
    const ended = Promise.withResolvers<void>()
    await store.tx(async () => {
      later = ended.promise.then(() => docs.insert({ _id: id(1) }))
    })
    ended.resolve()
    t.ok(await later)
  })

  t.test('steps that are begun side by side are all done', async (t) => {
    const { org, docs, id } = open()
    await store.tx(async (tx) => {
      const mine = tx.forOrganization(org)(things)
      await Promise.all([1, 2, 3, 4, 5].map((n) => mine.insert({ _id: id(n) })))
    })
    t.equal((await docs.find({})).data.length, 5)
  })

  t.test('a step that nobody waited for is in the commit, and its failure ends it', async (t) => {
    const { org, docs, id } = open()
    await store.tx(
      async (tx) =>
        void tx
          .forOrganization(org)(things)
          .insert({ _id: id(1), email: 'a@x' }),
    )
    t.ok(await docs.get(id(1)))
    const forgetful = store.tx(async (tx) => {
      const mine = tx.forOrganization(org)(things)
      await mine.insert({ _id: id(2) })
      mine.insert({ _id: id(3), email: 'a@x' }).catch(() => undefined)
    })
    await t.rejects(forgetful, conflict('email'))
    t.same(
      (await docs.find({})).data.map((doc) => doc._id),
      [id(1)],
    )
  })

  t.test('writes outside wait for a transaction and are not lost in its rollback', async (t) => {
    const { org, docs, id } = open()
    const entered = Promise.withResolvers<void>()
    const leave = Promise.withResolvers<void>()
    const lost = store.tx(async (tx) => {
      await tx
        .forOrganization(org)(things)
        .insert({ _id: id('in') })
      entered.resolve()
      await leave.promise
      throw boom
    })
    await entered.promise
    const outside = docs.insert({ _id: id('out') })
    t.equal(await docs.get(id('in')), undefined, 'reads do not wait, and see nothing of it')
    leave.resolve()
    await t.rejects(lost, boom)
    await outside
    t.same(
      (await docs.find({})).data.map((doc) => doc._id),
      [id('out')],
    )
  })

  t.test('transfers between accounts keep the sum, whoever meets whom', async (t) => {
    const transfer = fc.record({ from: fc.nat(3), to: fc.nat(3), amount: fc.nat(60), fail: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(transfer, { minLength: 2, maxLength: 10 }), async (transfers) => {
        const { org, docs, id } = open()
        await docs.insertMany([0, 1, 2, 3].map((n) => ({ _id: id(n), group: 'accounts', count: 100 })))
        const run = ({ from, to, amount, fail }: (typeof transfers)[number]) =>
          store.tx(async (tx) => {
            const mine = tx.forOrganization(org)(things)
            const source = await mine.get(id(from))
            if (!source || (source.count ?? 0) < amount) return
            await mine.patch(id(from), { inc: { count: -amount } }, { rev: source.rev })
            await mine.patch(id(to), { inc: { count: amount } })
            if (fail) throw boom
            tx.emit({ partition: org, type: 'account.moved', payload: { from, to, amount } })
          })
        const results = await Promise.allSettled(transfers.map(run))
        for (const result of results) if (result.status === 'rejected' && result.reason !== boom) throw result.reason
        const accounts = (await docs.find({ where: { group: 'accounts' } })).data.map((doc) => doc.count ?? 0)
        t.equal(
          accounts.reduce((sum, count) => sum + count, 0),
          400,
        )
        t.ok(accounts.every((count) => count >= 0))
        const replayed = [100, 100, 100, 100]
        for (const event of await readOutbox(store, org, 0, 100)) {
          const { from, to, amount } = event.payload as { from: number; to: number; amount: number }
          replayed[from] = (replayed[from] ?? 0) - amount
          replayed[to] = (replayed[to] ?? 0) + amount
        }
        t.same(
          replayed.toSorted((a, b) => a - b),
          accounts.toSorted((a, b) => a - b),
          'the events tell the same',
        )
      }),
      { numRuns: 8 },
    )
  })
}
