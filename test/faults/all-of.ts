import type { Collection, Store, Stored } from '../../runtime/storage/port.ts'

/** The documents of every organization, at most 1,000. */
export async function allOf<T extends Stored>(store: Store, collection: Collection<T>): Promise<T[]> {
  return (await store.asSystem('a test looks at everything')(collection).find({ limit: 1000 })).data
}
