import { join } from 'node:path'
import t from 'tap'
import { systemClock } from '../../../runtime/clock.ts'
import { createIds } from '../../../runtime/ids.ts'
import { openStore } from '../../../runtime/storage/open-store.ts'
import { contractCollections, type OpenStore } from './contract/things.ts'
import { storageContract } from './contract.ts'

const ids = createIds(Date.now)

function sqliteStores(pathOf: () => string): OpenStore {
  return async (t, options = {}) => {
    const engine = { kind: 'sqlite', path: pathOf() } as const
    const store = await openStore({ engine, collections: contractCollections, clock: systemClock, ids, ...options })
    t.teardown(() => store.close())
    return store
  }
}

t.test('in memory', async (t) =>
  storageContract(
    t,
    sqliteStores(() => ':memory:'),
  ),
)

t.test('in a file', async (t) => {
  const folder = t.testdir()
  let count = 0
  storageContract(
    t,
    sqliteStores(() => join(folder, `store-${++count}`, 'annex.db')),
  )
})
