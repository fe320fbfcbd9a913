import { indexShapes } from './index-shapes.ts'
import { type Collection, StorageError, type Stored } from './port.ts'

/** Throws `StorageError` unless all names and indexes can be built on both engines, each name once. */
export function checkCollections(collections: readonly Collection<Stored>[]): void {
  const names = new Set<string>()
  for (const collection of new Set(collections)) {
    indexShapes(collection)
    // SQLite does not tell upper from lower case in the names of tables.
    const name = collection.name.toLowerCase()
    if (names.has(name)) throw new StorageError(`two collections are called ${collection.name}`)
    names.add(name)
  }
}
