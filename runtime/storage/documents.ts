import { applyPatch, checkPatch } from './apply-patch.ts'
import { checkDocument, checkId, checkJson, isId, type Row } from './check-document.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { EngineDocuments } from './engine.ts'
import { fieldSteps } from './field-path.ts'
import { type Collection, type Documents, type Draft, StorageError, type Stored } from './port.ts'
import { planOne, planQuery } from './query-plan.ts'
import { storageLimits } from './storage-limits.ts'

export interface DocumentsScope {
  /** The tenant of the handle; `undefined` for the system. */
  organizationId: string | undefined
  /** Decides whether the handle may be used now, and hears of failures. */
  guard<R>(operation: () => Promise<R>): Promise<R>
}

/** The port's rules over an adapter's collection. */
export function createDocuments<T extends Stored>(
  collection: Collection<T>,
  engine: EngineDocuments,
  scope: DocumentsScope,
): Documents<T> {
  const tenant = collection.scope === 'organization' ? scope.organizationId : undefined
  const target = { collection, engine, tenant, guard: scope.guard }
  return { ...readers(target), ...inserters(target), ...changers(target) }
}

interface Target<T extends Stored> {
  collection: Collection<T>
  engine: EngineDocuments
  tenant: string | undefined
  guard: DocumentsScope['guard']
}

/** Every row went through `checkDocument` as a `T` of its collection on the way in: this is the way out. */
function typed<T extends Stored>(_: Target<T>, row: Row): T {
  return row as unknown as T
}

function readers<T extends Stored>(target: Target<T>): Pick<Documents<T>, 'get' | 'getMany' | 'find'> {
  const { collection, engine, tenant, guard } = target
  return {
    get: (id) =>
      guard(async () => {
        const row = isId(id) ? await engine.get(id, tenant) : undefined
        return row && typed(target, row)
      }),

    getMany: (ids) =>
      guard(async () => {
        checkBatch(ids.length)
        const rows = await engine.getMany([...new Set(ids.filter(isId))], tenant)
        const byId = new Map(rows.map((row) => [row._id, row]))
        return ids.flatMap((id) => byId.get(id) ?? []).map((row) => typed(target, row))
      }),

    find: (query) =>
      guard(async () => {
        const limit = checkLimit(query.limit ?? storageLimits.defaultPage)
        const plan = planQuery(collection, tenant, { ...query, limit: limit + 1 })
        const owner = { collection, organizationId: tenant, order: plan.order }
        const after = query.cursor === undefined ? {} : { after: decodeCursor(owner, query.cursor) }
        const rows = await engine.find({ ...plan, ...after })
        const last = rows.length > limit ? rows[limit - 1] : undefined
        const data = rows.slice(0, limit).map((row) => typed(target, row))
        return last ? { data, nextCursor: encodeCursor(owner, last) } : { data }
      }),
  }
}

function inserters<T extends Stored>(target: Target<T>): Pick<Documents<T>, 'insert' | 'insertMany' | 'put'> {
  const { collection, engine, tenant, guard } = target
  const checked = (draft: Draft<T>) => checkDocument(collection, draftRow(collection, tenant, draft))
  return {
    insert: (draft) =>
      guard(async () => {
        const document = checked(draft)
        await engine.insert([document])
        return typed(target, document.row)
      }),

    insertMany: (drafts) =>
      guard(async () => {
        checkBatch(drafts.length)
        const documents = drafts.map(checked)
        if (documents.length > 0) await engine.insert(documents)
        return documents.map((document) => typed(target, document.row))
      }),

    put: (draft) => guard(async () => typed(target, await engine.put(checked(draft)))),
  }
}

function changers<T extends Stored>(
  target: Target<T>,
): Pick<Documents<T>, 'patch' | 'patchFirst' | 'increment' | 'delete' | 'deleteWhere'> {
  const { collection, engine, tenant, guard } = target
  return {
    patch: (id, patch, expect = {}) =>
      guard(async () => {
        const checked = checkPatch(collection, patch)
        if (!isId(id)) return undefined
        const row = await engine.change(planOne(collection, tenant, id, expected(expect)), checked)
        return row && typed(target, row)
      }),

    patchFirst: (where, sort, patch) =>
      guard(async () => {
        const checked = checkPatch(collection, patch)
        const row = await engine.change(planQuery(collection, tenant, { where, sort, limit: 1 }), checked)
        return row && typed(target, row)
      }),

    increment: (id, field, by = 1) =>
      guard(async () => {
        checkId(id)
        const seed = seedOf(collection, tenant, id, field, by)
        const value = await engine.increment(planOne(collection, tenant, id, {}), field, by, seed)
        if (value === undefined) throw new StorageError(`${collection.name}: a new document needs an organizationId`)
        return value
      }),

    delete: (id, expect = {}) =>
      guard(async () => {
        if (!isId(id)) return false
        return (await engine.remove(planOne(collection, tenant, id, expected(expect)))) > 0
      }),

    deleteWhere: (where, limit = storageLimits.batch) =>
      guard(async () => engine.remove(planQuery(collection, tenant, { where, limit: checkLimit(limit) }))),
  }
}

/** Adds what is the port's to a draft, and takes no organization but the handle's. */
function draftRow<T extends Stored>(collection: Collection<T>, tenant: string | undefined, draft: Draft<T>): Row {
  const { _id, organizationId: own } = draft
  checkId(_id)
  const row: Row = { _id, rev: 1 }
  for (const [key, value] of Object.entries(draft)) {
    if (value === undefined || key === 'rev' || key === '_id') continue
    if (key === '__proto__') throw new StorageError(`${collection.name}: the key "__proto__" cannot be stored`)
    // Checked with the rest by `checkDocument`.
    row[key] = value
  }
  if (collection.scope === 'system') return row
  if (tenant !== undefined && own !== undefined && own !== tenant) {
    throw new StorageError(`${collection.name}: a draft of another organization`)
  }
  const owner = tenant ?? own
  if (!isOrganization(owner)) throw new StorageError(`${collection.name}: a draft needs an organizationId`)
  row.organizationId = owner
  return row
}

/** An organization's id is written by the handle into every row, so it is held to the rules of an `_id`. */
export function isOrganization(id: unknown): id is string {
  return typeof id === 'string' && isId(id)
}

/** The document that `increment` makes where there is none; `undefined` when nobody says whose it would be. */
function seedOf(
  collection: Collection<Stored>,
  tenant: string | undefined,
  id: string,
  field: string,
  by: number,
): Row | undefined {
  fieldSteps(field)
  const patch = checkPatch(collection, { inc: { [field]: by } })
  if (collection.scope === 'organization' && tenant === undefined) return undefined
  const row: Row = { _id: id, rev: 0, ...(tenant === undefined ? {} : { organizationId: tenant }) }
  applyPatch(row, patch)
  return checkDocument(collection, row).row
}

function expected(expect: { rev?: number; where?: NonNullable<Parameters<typeof planOne>[3]> }) {
  if (expect.rev !== undefined) checkJson(expect.rev, 'rev')
  return { ...expect.where, ...(expect.rev === undefined ? {} : { rev: expect.rev }) }
}

function checkBatch(count: number): void {
  if (count > storageLimits.batch) throw new StorageError(`at most ${storageLimits.batch} at a time, not ${count}`)
}

function checkLimit(limit: number): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > storageLimits.batch) {
    throw new StorageError(`a limit is 1 to ${storageLimits.batch}, not ${limit}`)
  }
  return limit
}
