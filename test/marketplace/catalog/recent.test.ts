import t from 'tap'
import { createRecent } from '../../../marketplace/catalog/recent.ts'
import { outboxCollections } from '../../../runtime/storage/outbox-collections.ts'
import { openTestStore } from '../../runtime/storage/open-test-store.ts'

async function open(t: Parameters<typeof openTestStore>[0]) {
  const store = await openTestStore(t, [...outboxCollections])
  const clock = { at: 0, now: () => clock.at, iso: () => new Date(clock.at).toISOString() }
  const recent = createRecent<number>({ store, clock })
  t.teardown(() => recent.stop())
  let reads = 0
  const read = async () => ++reads
  const change = (partition = 'system') =>
    store.tx(async (tx) => tx.emit({ partition, type: 'version.changed', payload: {} }))
  return { clock, recent, read, change }
}

t.test('an answer is kept for a second', async (t) => {
  const { clock, recent, read } = await open(t)
  for (const [at, answer] of [
    [0, 1],
    [999, 1],
    [1000, 2],
    [1001, 2],
  ] as const) {
    clock.at = at
    t.equal(await recent.get('a', read), answer, `at ${at}`)
  }
  t.equal(await recent.get('b', read), 3, 'each question has its own')
})

t.test('what this node changed is forgotten at once', async (t) => {
  const { recent, read, change } = await open(t)
  t.equal(await recent.get('a', read), 1)
  await change('org_a')
  t.equal(await recent.get('a', read), 1, 'an organization changes nothing here')
  await change()
  t.equal(await recent.get('a', read), 2)
})

t.test('what was read while something changed is not kept', async (t) => {
  const { recent, read, change } = await open(t)
  const early = recent.get('a', async () => {
    const found = await read()
    await change()
    return found
  })
  t.equal(await early, 1)
  t.equal(await recent.get('a', read), 2)
})
