import type { Test } from 'tap'
import { collection, type Stored } from '../../../../runtime/storage/port.ts'
import { newOrganization, type OpenStore, refused, things } from './things.ts'

/** Opening, answering, closing. */
export function lifeContract(t: Test, open: OpenStore): void {
  t.test('answers a ping until it is closed', async (t) => {
    const store = await open(t)
    await store.ping()
    const org = newOrganization()
    const docs = store.forOrganization(org)(things)
    const last = docs.insert({ _id: `${org}_1` })
    t.ok(await last)
    await store.close()
    await store.close()
    await t.rejects(store.ping(), refused)
    await t.rejects(docs.get(`${org}_1`), refused)
    await t.rejects(
      store.tx(async () => 1),
      refused,
    )
    await t.rejects(store.blobs.get('x'), refused)
  })

  t.test('refuses a collection that it was not opened with', async (t) => {
    const store = await open(t)
    const twin = collection<Stored>({ name: 'things', scope: 'organization', indexes: {} })
    t.throws(() => store.asSystem('a test')(twin), refused)
    t.throws(
      () => store.asSystem('a test')(collection<Stored>({ name: 'strange', scope: 'system', indexes: {} })),
      refused,
    )
  })
}
