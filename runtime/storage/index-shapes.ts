import { fieldSteps } from './field-path.ts'
import { type Collection, StorageError, type Stored } from './port.ts'

/** One declared index as both engines build it. */
export interface IndexShape {
  name: string
  /** As declared. */
  fields: readonly string[]
  /** With `organizationId` in front where the port puts it; on non-unique indexes `_id` follows as the last one. */
  columns: readonly string[]
  unique: boolean
}

const NAME = /^[a-z][a-zA-Z0-9_-]{0,49}$/
const shapes = new WeakMap<Collection<Stored>, readonly IndexShape[]>()

/** The indexes of a collection, checked once. Throws `StorageError` when the declaration cannot be built. */
export function indexShapes(collection: Collection<Stored>): readonly IndexShape[] {
  const known = shapes.get(collection)
  if (known) return known
  checkName(collection.name)
  const made = Object.keys(collection.indexes).map((name) => shapeOf(collection, name))
  shapes.set(collection, made)
  return made
}

function shapeOf(collection: Collection<Stored>, name: string): IndexShape {
  const declared = collection.indexes[name]
  checkName(name)
  if (!declared || declared.fields.length < 1 || declared.fields.length > 6) {
    throw new StorageError(`${collection.name}.${name}: an index has 1 to 6 fields`)
  }
  for (const field of declared.fields) {
    fieldSteps(field)
    if (field === '_id') throw new StorageError(`${collection.name}.${name}: _id is indexed already`)
  }
  const tenant = collection.scope === 'organization' && declared.global !== true
  const columns = tenant ? ['organizationId', ...declared.fields] : [...declared.fields]
  if (new Set(columns).size < columns.length) throw new StorageError(`${collection.name}.${name}: a field comes twice`)
  return { name, fields: declared.fields, columns, unique: declared.unique === true }
}

function checkName(name: string): void {
  if (!NAME.test(name)) throw new StorageError(`not a name for a collection or an index: ${JSON.stringify(name)}`)
}
