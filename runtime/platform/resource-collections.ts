import type { JsonObject } from '@annex/sdk/json'
import type { Resource } from '@annex/sdk/resource'
import { RESOURCES } from '@annex/sdk/resources'
import { type Collection, collection, type Stored } from '../storage/port.ts'
import { contentCollections, type StoredContent } from './content-documents.ts'

/** A record of a resource as it is stored: its own fields apart from the platform's. */
export interface StoredRecord extends Stored {
  createdAt: string
  updatedAt: string
  /** Its place in the order of commits of this organization's records of this resource; see `changes`. */
  change: number
  fields: JsonObject
  /** Of a resource whose records have bytes. */
  content?: StoredContent
}

/** The last `change` that was given out. `_id` is `<organization>/<resource>`. */
export interface ChangeCounter extends Stored {
  last: number
}

export const changeCounters = collection<ChangeCounter>({
  name: 'platform-changes',
  scope: 'organization',
  indexes: {},
})

const byResource = new Map(RESOURCES.map((resource) => [resource.name, collectionFor(resource)]))

export const platformCollections: readonly Collection<Stored>[] = [
  changeCounters,
  ...contentCollections,
  ...byResource.values(),
]

export function collectionOf(resource: Resource): Collection<StoredRecord> {
  const found = byResource.get(resource.name)
  if (!found) throw new Error(`${resource.name} is not one of the declared resources`)
  return found
}

/** The stored field of a record's field; nothing when the resource has no such field. */
export function columnOf(resource: Resource, field: string): string | undefined {
  if (field === 'id') return '_id'
  if (field === 'rev' || field === 'createdAt' || field === 'updatedAt') return field
  return Object.hasOwn(resource.input.properties, field) ? `fields.${field}` : undefined
}

function collectionFor(resource: Resource): Collection<StoredRecord> {
  const filters = resource.filters.map((field) => [field, { fields: [`fields.${field}`] }] as const)
  return collection<StoredRecord>({
    name: `platform-${resource.name.replaceAll('/', '-')}`,
    scope: 'organization',
    indexes: { ...Object.fromEntries(filters), change: { fields: ['change'] }, updatedAt: { fields: ['updatedAt'] } },
  })
}
