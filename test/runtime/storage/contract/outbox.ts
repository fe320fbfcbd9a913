import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { type Clock, isoPlus, systemClock } from '../../../../runtime/clock.ts'
import { createOutboxConsumer } from '../../../../runtime/storage/outbox.ts'
import {
  outboxDeadLetters,
  outboxEvents,
  outboxHeads,
  outboxPositions,
} from '../../../../runtime/storage/outbox-collections.ts'
import { pruneOutbox } from '../../../../runtime/storage/outbox-prune.ts'
import { readOutbox } from '../../../../runtime/storage/outbox-read.ts'
import type { OutboxEvent, Store, Transaction } from '../../../../runtime/storage/port.ts'
import { newOrganization, type OpenStore, refused, things } from './things.ts'

/** Events in the order of commits, and consumers whose effect happens once. Each test has a store of its own. */
export function outboxContract(t: Test, open: OpenStore): void {
  const emit = (store: Store, partition: string, type: string, count = 1, from = 1) =>
    store.tx(async (tx) => {
      for (let n = from; n < from + count; n++) tx.emit({ partition, type, payload: { n } })
    })

  /** A handler that writes one document an event: what happens twice is a conflict or a higher count. */
  const writing = (organizationId: string) => async (event: OutboxEvent, tx: Transaction) => {
    await tx.forOrganization(organizationId)(things).increment(`${organizationId}_${event.id}`, 'count')
  }
  const effects = async (store: Store, organizationId: string) =>
    (await store.forOrganization(organizationId)(things).find({ limit: 1000 })).data

  t.test('numbers events without gaps in the order of commits', async (t) => {
    const store = await open(t)
    const org = newOrganization()
    const docs = store.forOrganization(org)(things)
    await docs.insert({ _id: `${org}_total`, count: 0 })
    const work = (n: number) =>
      store.tx(async (tx) => {
        const total = await tx.forOrganization(org)(things).increment(`${org}_total`, 'count')
        tx.emit({ partition: org, type: 'total.raised', payload: { total, part: 1 } })
        tx.emit({ partition: org, type: 'total.raised', payload: { total, part: 2 } })
        if (n % 5 === 0) throw new Error('no')
      })
    await Promise.allSettled(Array.from({ length: 20 }, (_, n) => work(n)))
    const events = await readOutbox(store, org, 0, 1000)
    t.same(
      events.map((event) => event.sequence),
      Array.from({ length: 32 }, (_, n) => n + 1),
    )
    t.same(
      events.map((event) => event.payload),
      events.map((_, n) => ({ total: Math.floor(n / 2) + 1, part: (n % 2) + 1 })),
    )
    t.equal(new Set(events.map((event) => event.id)).size, 32)
    t.same(
      (await readOutbox(store, org, 30, 1)).map((event) => event.sequence),
      [31],
    )
  })

  t.test('tells listeners of this process after the commit', async (t) => {
    const store = await open(t)
    const heard: string[][] = []
    const deaf = store.onEmitted((partitions) => heard.push([...partitions]))
    await store.tx(async (tx) => {
      for (const partition of ['a', 'b', 'a']) tx.emit({ partition, type: 'x', payload: null })
      t.same(heard, [])
    })
    t.same(heard, [['a', 'b']])
    deaf()
    await emit(store, 'a', 'x')
    t.equal(heard.length, 1)
  })

  t.test('refuses events that are none', async (t) => {
    const store = await open(t)
    const bad: object[] = [
      { partition: '', type: 'x', payload: null },
      { partition: 'a b', type: 'x', payload: null },
      { partition: 'a', type: 'x'.repeat(200), payload: null },
      { partition: 'a', type: 'x', payload: new Date() },
      { partition: 'a', type: 'x', payload: 'y'.repeat(600_000) },
    ]
    for (const event of bad) {
      await t.rejects(
        store.tx(async (tx) => tx.emit(event as never)),
        refused,
      )
    }
  })

  t.test('a consumer handles all that is there, in order, once', async (t) => {
    const store = await open(t)
    const org = newOrganization()
    await emit(store, 'a', 'chantiers.created', 7)
    await emit(store, 'b', 'timesheets.created', 3)
    await emit(store, 'b', 'chantiers', 1)
    const seen: string[] = []
    const handle = async (event: OutboxEvent, tx: Transaction) => {
      await writing(org)(event, tx)
      seen.push(`${event.partition}${event.sequence}`)
    }
    const types = ['chantiers.', 'timesheets.created']
    const consumer = createOutboxConsumer({ store, clock: systemClock, name: 'reader', types, handle, batch: 2 })
    t.equal(await consumer.drain(), 10)
    t.same(
      seen.filter((one) => one.startsWith('a')),
      [1, 2, 3, 4, 5, 6, 7].map((n) => `a${n}`),
    )
    t.equal(await consumer.drain(), 0)
    await emit(store, 'a', 'chantiers.updated')
    const again = createOutboxConsumer({ store, clock: systemClock, name: 'reader', types, handle })
    t.equal(await again.drain(), 1, 'one of the same name goes on where it was')
    const position = await store.asSystem('a test')(outboxPositions).get('reader:b')
    t.equal(position?.sequence, 4, 'what it does not want is passed over')
    t.equal((await effects(store, org)).length, 11)
  })

  t.test('a handler that fails between its effect and its return leaves no effect', async (t) => {
    const store = await open(t)
    const org = newOrganization()
    await emit(store, org, 'x', 3)
    let crashes = 0
    const handle = async (event: OutboxEvent, tx: Transaction) => {
      await writing(org)(event, tx)
      if (event.sequence === 2 && crashes < 3) {
        crashes += 1
        throw new Error('crash')
      }
    }
    const consumer = createOutboxConsumer({ store, clock: systemClock, name: 'reader', handle })
    t.equal(await consumer.drain(), 3)
    t.equal(crashes, 3)
    const written = await effects(store, org)
    t.equal(written.length, 3)
    t.ok(written.every((doc) => doc.count === 1))
    t.notOk((await store.asSystem('a test')(outboxPositions).get(`reader:${org}`))?.failures)
  })

  t.test('an event that no try can handle is put aside, and the next ones come', async (t) => {
    const store = await open(t)
    const org = newOrganization()
    await emit(store, org, 'x', 3)
    let tries = 0
    const handle = async (event: OutboxEvent, tx: Transaction) => {
      await writing(org)(event, tx)
      if (event.sequence !== 2) return
      tries += 1
      throw new TypeError(`bad \ud800 ${'long '.repeat(1000)}`)
    }
    const consumer = createOutboxConsumer({ store, clock: systemClock, name: 'reader', handle })
    t.equal(await consumer.drain(), 2)
    t.equal(tries, 5)
    t.equal((await effects(store, org)).length, 2)
    const letters = await store
      .asSystem('a test')(outboxDeadLetters)
      .find({ where: { consumer: 'reader' } })
    t.match(letters.data, [{ partition: org, sequence: 2, type: 'x', payload: { n: 2 }, error: /^TypeError: bad/ }])
    t.equal(await consumer.drain(), 0)
  })

  t.test('tries are counted in the store', async (t) => {
    const store = await open(t)
    await emit(store, 'p', 'x')
    let tries = 0
    const handle = async () => {
      tries += 1
      throw new Error('never')
    }
    const polls = { store, clock: systemClock, name: 'reader', handle, pollMs: 5 }
    for (let restart = 1; restart <= 5; restart++) {
      const consumer = createOutboxConsumer(polls)
      consumer.start()
      while (tries < restart) await sleep(5)
      await consumer.stop()
    }
    const quiet = createOutboxConsumer(polls)
    t.equal(await quiet.drain(), 0)
    t.equal(tries, 5)
    t.equal((await store.asSystem('a test')(outboxDeadLetters).find({})).data.length, 1)
  })

  t.test('two nodes of one name never do the work twice', async (t) => {
    const store = await open(t)
    const org = newOrganization()
    const partitions = ['a', 'b', 'c']
    for (const partition of partitions) await emit(store, partition, 'x', 12)
    const node = () =>
      createOutboxConsumer({ store, clock: systemClock, name: 'reader', handle: writing(org), batch: 5, pollMs: 10 })
    const nodes = [node(), node(), node()]
    for (const one of nodes) one.start()
    for (let n = 1; n <= 4; n++) await emit(store, 'a', 'x', 3, 12 + n)
    const done = async () => (await effects(store, org)).length
    for (let waited = 0; (await done()) < 48 && waited < 400; waited++) await sleep(20)
    await Promise.all(nodes.map((one) => one.stop()))
    const written = await effects(store, org)
    t.equal(written.length, 48)
    t.ok(written.every((doc) => doc.count === 1))
    t.equal((await store.asSystem('a test')(outboxPositions).get('reader:a'))?.sequence, 24)
  })

  t.test('a consumer that runs hears of new events, also of those no hint told of', async (t) => {
    const store = await open(t)
    const seen: number[] = []
    const handle = async (event: OutboxEvent) => void seen.push(event.sequence)
    const consumer = createOutboxConsumer({ store, clock: systemClock, name: 'reader', handle, pollMs: 20 })
    consumer.start()
    consumer.start()
    await emit(store, 'p', 'x', 2)
    const system = store.asSystem('another node, as this one would see it')
    while (seen.length < 2) await sleep(5)
    await system(outboxHeads).patch('p', { inc: { last: 1 }, set: { changedAt: systemClock.iso() } })
    const row = { partition: 'p', sequence: 3, type: 'x', payload: null, at: systemClock.iso() }
    await system(outboxEvents).insert({ _id: 'evt_other', ...row })
    while (seen.length < 3) await sleep(5)
    await consumer.stop()
    await emit(store, 'p', 'x')
    await sleep(40)
    t.same(seen, [1, 2, 3], 'and nothing after it stopped')
    t.equal(await consumer.drain(), 1)
  })

  t.test('a store that does not answer is told, and the consumer goes on', async (t) => {
    const store = await open(t)
    let broken = true
    const failing: Store = {
      ...store,
      tx: (work) => (broken ? Promise.reject(new Error('no answer')) : store.tx(work)),
      asSystem: (reason) => {
        const handle = store.asSystem(reason)
        return (collection) => {
          const docs = handle(collection)
          return { ...docs, patch: (...of) => (broken ? Promise.reject(new Error('no answer')) : docs.patch(...of)) }
        }
      },
    }
    await emit(store, 'p', 'x')
    const errors: unknown[] = []
    const onError = (error: unknown) => void errors.push(error)
    const seen: number[] = []
    const handle = async (event: OutboxEvent) => void seen.push(event.sequence)
    const of = { store: failing, clock: systemClock, name: 'reader', handle, pollMs: 5, onError }
    const consumer = createOutboxConsumer(of)
    consumer.start()
    while (errors.length < 2) await sleep(5)
    broken = false
    while (seen.length < 1) await sleep(5)
    await consumer.stop()
    t.match(errors[0], { message: 'no answer' })
  })

  t.test('prunes what is old and what every consumer has done with', async (t) => {
    let now = Date.parse('2026-03-01T00:00:00.000Z')
    const clock: Clock = { now: () => now, iso: () => new Date(now).toISOString() }
    const store = await open(t, { clock })
    await emit(store, 'p', 'x', 3)
    const old = clock.iso()
    now += 86_400_000
    await emit(store, 'p', 'x', 2)
    const one = createOutboxConsumer({ store, clock, name: 'one', handle: async () => {} })
    const two = createOutboxConsumer({ store, clock, name: 'two', handle: async () => {} })
    await one.drain()
    const names = ['one', 'two']
    const left = async () => (await readOutbox(store, 'p', 0, 100)).map((event) => event.sequence)
    t.equal(await pruneOutbox(store, clock.iso(), names), 0, 'the other consumer has not seen them')
    await two.drain()
    t.equal(await pruneOutbox(store, old, names), 0)
    t.equal(await pruneOutbox(store, isoPlus(old, 1), names), 3)
    t.same(await left(), [4, 5])
    const late = createOutboxConsumer({ store, clock, name: 'late', handle: async () => {} })
    t.equal(await late.drain(), 2, 'a new consumer begins with what is left')
  })
}
