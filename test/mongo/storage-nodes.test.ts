import { setTimeout as sleep } from 'node:timers/promises'
import { Binary, type Db, MongoClient } from 'mongodb'
import t, { type Test } from 'tap'
import { systemClock } from '../../runtime/clock.ts'
import { createIds } from '../../runtime/ids.ts'
import { openStore } from '../../runtime/storage/open-store.ts'
import { createOutboxConsumer } from '../../runtime/storage/outbox.ts'
import { type Collection, collection, type Stored } from '../../runtime/storage/port.ts'
import { contractCollections, newOrganization, things } from '../runtime/storage/contract/things.ts'
import { dropDatabase, testEngine } from '../runtime/storage/open-test-store.ts'

const ids = createIds(Date.now)

interface Documents {
  _id: string
  [field: string]: unknown
}

/** An empty database, a way to open stores on it as nodes do, and a look from below. */
async function database(t: Test) {
  const engine = testEngine('mongodb')
  if (engine.kind !== 'mongodb') throw new Error('the MongoDB suite was given another engine')
  const client = await new MongoClient(engine.uri).connect()
  t.teardown(async () => {
    await client.close()
    await dropDatabase(engine)
  })
  const node = async (collections: readonly Collection<Stored>[] = contractCollections) => {
    const store = await openStore({ engine, collections, clock: systemClock, ids })
    t.teardown(() => store.close())
    return store
  }
  const db: Db = client.db(engine.database)
  return { node, rows: (name: string) => db.collection<Documents>(name) }
}

t.test('nodes that start at once on an empty database share it', async (t) => {
  const { node } = await database(t)
  const [one, two] = await Promise.all([node(), node()])
  await one?.forOrganization('org')(things).insert({ _id: 'a', email: 'a@x' })
  t.match(await two?.forOrganization('org')(things).get('a'), { email: 'a@x' })
  const twin = two?.forOrganization('org')(things).insert({ _id: 'b', email: 'a@x' })
  await t.rejects(twin ?? Promise.resolve(), { code: 'STORAGE_CONFLICT', index: 'email' })
})

t.test('consumers of one name on two nodes share the work', async (t) => {
  const { node } = await database(t)
  const [one, two] = [await node(), await node()]
  const org = newOrganization()
  const consumer = (store: typeof one) =>
    createOutboxConsumer({
      store,
      clock: systemClock,
      name: 'reader',
      pollMs: 10,
      handle: async (event, tx) => {
        await tx.forOrganization(org)(things).increment(`${org}_${event.id}`, 'count')
      },
    })
  const nodes = [consumer(one), consumer(two)]
  for (const each of nodes) each.start()
  for (let n = 0; n < 15; n++) {
    await one.tx(async (tx) => tx.emit({ partition: `p${n % 2}`, type: 'x', payload: n }))
  }
  const written = async () => (await two.forOrganization(org)(things).find({ limit: 1000 })).data
  for (let waited = 0; (await written()).length < 15 && waited < 300; waited++) await sleep(20)
  await Promise.all(nodes.map((each) => each.stop()))
  t.equal((await written()).length, 15)
  t.ok((await written()).every((doc) => doc.count === 1))
})

t.test('a changed index is made anew, an undeclared one stays for older nodes', async (t) => {
  const { node, rows } = await database(t)
  const words = (indexes: Collection<Stored>['indexes']) =>
    collection<Stored>({ name: 'words', scope: 'system', indexes })
  await node([words({ word: { fields: ['word'] }, old: { fields: ['old'] } })])
  await node([words({ word: { fields: ['word', 'length'] } })])
  const indexes = await rows('words').listIndexes().toArray()
  t.same(indexes.map((index) => index.name).sort(), ['_id_', 'old', 'word'])
  t.same(indexes.find((index) => index.name === 'word')?.key, { word: 1, length: 1, _id: 1 })
})

t.test('what a killed upload left is swept after a day', async (t) => {
  const { node, rows } = await database(t)
  const before = await node()
  const whole = await before.blobs.put(Buffer.from('whole'))
  const marker = await rows('_blobs').findOne({ _id: whole.id })
  const long = '2020-01-01T00:00:00.000Z'
  await rows('_blob_uploads').insertMany([
    { _id: 'dead', at: long },
    { _id: String(marker?.upload), at: long },
    { _id: 'alive', at: systemClock.iso() },
  ])
  const chunk = (_id: string) => ({ _id, bytes: new Binary(Buffer.from('x')) })
  await rows('_blob_chunks').insertMany([chunk('dead:0'), chunk('dead:1'), chunk('alive:0')])
  const after = await node()
  t.equal(Buffer.from((await after.blobs.get(whole.id)) ?? []).toString(), 'whole')
  const left = await rows('_blob_chunks').find().toArray()
  t.same(left.map((row) => row._id).sort(), ['alive:0', `${marker?.upload}:0`].sort())
  t.same(
    (await rows('_blob_uploads').find().toArray()).map((row) => row._id),
    ['alive'],
  )
})
