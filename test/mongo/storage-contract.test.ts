import t from 'tap'
import { systemClock } from '../../runtime/clock.ts'
import { createIds } from '../../runtime/ids.ts'
import { openStore } from '../../runtime/storage/open-store.ts'
import { contractCollections, type OpenStore } from '../runtime/storage/contract/things.ts'
import { storageContract } from '../runtime/storage/contract.ts'
import { dropDatabase, testEngine } from '../runtime/storage/open-test-store.ts'

const ids = createIds(Date.now)

/** Fails without `MONGODB_URI`: a suite that can be skipped proves nothing. Each store is a database of its own. */
const open: OpenStore = async (t, options = {}) => {
  const engine = testEngine('mongodb')
  if (engine.kind !== 'mongodb') throw new Error('the MongoDB suite was given another engine')
  const store = await openStore({ engine, collections: contractCollections, clock: systemClock, ids, ...options })
  t.teardown(async () => {
    await store.close()
    await dropDatabase(engine)
  })
  return store
}

t.test('on the server of MONGODB_URI', async (t) => storageContract(t, open))
