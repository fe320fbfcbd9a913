import type { Collection, Store, Stored } from '../../runtime/storage/port.ts'

/** The store as an invariant sees it: nothing may be running on it. */
export interface Snapshot {
  store: Store
  /** Every document of a collection, over all tenants. */
  all<T extends Stored>(collection: Collection<T>): Promise<T[]>
}

/** Something that must hold after any crash, at any moment. */
export interface Invariant {
  /** A short fact: what holds. */
  name: string
  /** One line for each place where it does not hold; empty when all is well. */
  check(snapshot: Snapshot): Promise<string[]>
}
