import type { Collection, Store, Stored } from '../../runtime/storage/port.ts'
import { allOf } from './all-of.ts'
import type { Random } from './random.ts'

/** Does something with a document of chance, of whatever organization, if there is one. */
export async function onOne<T extends Stored>(
  store: Store,
  random: Random,
  collection: Collection<T>,
  act: (document: T) => Promise<unknown>,
): Promise<void> {
  const documents = await allOf(store, collection)
  if (documents.length > 0) await act(random.pick(documents))
}
