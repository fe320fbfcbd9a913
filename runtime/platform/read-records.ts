import type { PlatformRecord } from '@annex/sdk/context'
import type { Resource } from '@annex/sdk/resource'
import { type Result, refusal, success } from '../result.ts'
import { type Condition, type Documents, type Page, StorageError, type Store, type Where } from '../storage/port.ts'
import { type Access, auditEntry, type Denied } from './authorize.ts'
import { recordOf, shownRecord } from './record.ts'
import { collectionOf, type StoredRecord } from './resource-collections.ts'

export interface ListOptions {
  /** By equality, on the resource's `filters` only. */
  filter?: Readonly<Record<string, string | number>>
  /** 1 to 200; 50 if absent. */
  limit?: number
  cursor?: string
}

/** Pages that one call reads to fill its own when the store can't do all of the row filter. */
const MAX_REFILLS = 40

export const MAX_PAGE = 200

/** In the order of ids. A page may be short, even empty, and still have a `nextCursor`; a grant may shorten all of them. */
export async function listRecords(
  store: Store,
  { principal, resource, limits, filter }: Access,
  { filter: asked = {}, limit: wanted = 50, cursor }: ListOptions,
): Promise<Result<Page<PlatformRecord>>> {
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > MAX_PAGE) {
    return refusal('INVALID_ARGUMENT', `limit is 1 to ${MAX_PAGE}`)
  }
  const limit = Math.min(wanted, limits.maxRows ?? MAX_PAGE)
  const unknown = Object.keys(asked).find((field) => !resource.filters.includes(field))
  if (unknown !== undefined) {
    return refusal('INVALID_ARGUMENT', `${resource.name} cannot be filtered by ${unknown.slice(0, 64)}`)
  }
  const broken = Object.entries(asked).find(([, value]) => !String(value).isWellFormed())
  if (broken) return refusal('INVALID_ARGUMENT', `the value for ${broken[0]} is not well-formed Unicode`)
  const documents = store.forOrganization(principal.organizationId)(collectionOf(resource))
  const where = withFilter(resource, filter.where, asked)
  const data: PlatformRecord[] = []
  let next = cursor
  for (let round = 0; round < MAX_REFILLS; round++) {
    const page = await findPage(documents, { where, limit: limit - data.length, cursor: next })
    if (!page) return refusal('INVALID_ARGUMENT', 'the cursor does not belong to this list')
    const seen = page.data.filter((stored) => filter.matches(recordOf(stored)))
    data.push(...seen.map((stored) => shownRecord(stored, limits.columns)))
    next = page.nextCursor
    if (next === undefined || data.length === limit) break
  }
  return success(next === undefined ? { data } : { data, nextCursor: next })
}

/** A record that the row filter hides is answered like one that is not there. */
export async function getRecord(
  store: Store,
  access: Access,
  id: string,
): Promise<{ record: PlatformRecord } | { denied: Denied }> {
  const { principal, resource, limits, filter } = access
  const stored = await store.forOrganization(principal.organizationId)(collectionOf(resource)).get(id)
  if (stored && filter.matches(recordOf(stored))) return { record: shownRecord(stored, limits.columns) }
  const answer = { refusal: refusal('NOT_FOUND', `there is no such record in ${resource.name}`) }
  if (!stored) return { denied: answer }
  return { denied: { ...answer, entry: auditEntry(access, { outcome: 'refused', rule: 'row-condition', target: id }) } }
}

type Filter = NonNullable<ListOptions['filter']>

/** A cursor that comes from outside is the one thing here that the port may rightly refuse. */
async function findPage(
  documents: Documents<StoredRecord>,
  { where, limit, cursor }: { where: Where; limit: number; cursor: string | undefined },
): Promise<Page<StoredRecord> | undefined> {
  const query = { where, sort: [['_id', 'asc']] as const, limit }
  if (cursor === undefined) return documents.find(query)
  try {
    return await documents.find({ ...query, cursor })
  } catch (error) {
    if (error instanceof StorageError) return undefined
    throw error
  }
}

/** The range over `_id` makes its index serve when no other does. */
function withFilter(resource: Resource, rows: Where, asked: Filter): Where {
  const where: Record<string, Condition> = { ...rows }
  if (where._id === undefined) where._id = { $gte: '' }
  for (const [field, value] of Object.entries(asked)) {
    const column = `fields.${field}`
    const present = where[column]
    const wanted = typed(resource, field, value)
    where[column] = typeof present === 'object' && present !== null ? { ...present, $in: [wanted] } : wanted
  }
  return where
}

/** A query string knows only text, a guest may have sent either: the field's own type decides. */
function typed(resource: Resource, field: string, value: string | number): string | number {
  const type: unknown = resource.input.properties[field]?.type
  if (type === 'integer' || type === 'number') return Number(value)
  return String(value)
}
