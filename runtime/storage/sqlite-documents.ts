import { applyPatch, increase } from './apply-patch.ts'
import { type CheckedDocument, checkDocument, type Row } from './check-document.ts'
import type { EngineDocuments } from './engine.ts'
import { type Collection, StorageConflict, type Stored } from './port.ts'
import type { QueryPlan } from './query-plan.ts'
import type { Connection } from './sqlite-connection.ts'
import { type Parameter, selectStatements } from './sqlite-query.ts'
import { tableOf } from './sqlite-schema.ts'

/** Where reads go, and how a write gets its commit: the writer itself within a transaction, its queue outside. */
export interface SqliteAccess {
  read: Connection
  write<T>(job: (connection: Connection) => T): Promise<T>
}

export function createSqliteDocuments(collection: Collection<Stored>, access: SqliteAccess): EngineDocuments {
  const table = tableOf(collection)
  const tenant = collection.scope === 'organization'

  function insert(connection: Connection, { row, text }: CheckedDocument): void {
    const values = tenant ? [row._id, row.organizationId ?? null, text] : [row._id, text]
    const sql = `insert into ${table} values (${values.map(() => '?').join(', ')})`
    guarded(collection, () => connection.statement(sql).run(...values))
  }

  function replace(connection: Connection, row: Row): void {
    const { text } = checkDocument(collection, row)
    guarded(collection, () => connection.statement(`update ${table} set j = ? where id = ?`).run(text, row._id))
  }

  function put(connection: Connection, document: CheckedDocument): Row {
    const { row } = document
    const old = connection.statement(`select j from ${table} where id = ?`).get(row._id)
    if (!old) {
      insert(connection, document)
      return row
    }
    const before = rowOf(old)
    if (tenant && before.organizationId !== row.organizationId) throw new StorageConflict(collection.name, '_id')
    row.rev = before.rev + 1
    replace(connection, row)
    return row
  }

  return {
    async get(id, organizationId) {
      const found =
        organizationId === undefined
          ? access.read.statement(`select j from ${table} where id = ?`).get(id)
          : access.read.statement(`select j from ${table} where id = ? and org = ?`).get(id, organizationId)
      return found && rowOf(found)
    },
    async getMany(ids, organizationId) {
      const sql = `select j from ${table} where id in (select value from json_each(?))`
      const list = JSON.stringify(ids)
      if (organizationId === undefined) return access.read.statement(sql).all(list).map(rowOf)
      return access.read.statement(`${sql} and org = ?`).all(list, organizationId).map(rowOf)
    },
    find: async (plan) => select(access.read, collection, plan, 'j').map(rowOf),
    insert: (documents) =>
      access.write((connection) => {
        for (const document of documents) insert(connection, document)
      }),
    put: (document) => access.write((connection) => put(connection, document)),
    change: (plan, patch) =>
      access.write((connection) => {
        const [found] = select(connection, collection, plan, 'j')
        if (!found) return undefined
        const row = rowOf(found)
        applyPatch(row, patch)
        replace(connection, row)
        return row
      }),
    increment: (plan, field, by, seed) =>
      access.write((connection) => {
        const [found] = select(connection, collection, plan, 'j')
        if (!found) {
          if (seed) insert(connection, checkDocument(collection, seed))
          return seed && by
        }
        const row = rowOf(found)
        const value = increase(row, field, by)
        row.rev += 1
        replace(connection, row)
        return value
      }),
    remove: (plan) =>
      access.write((connection) => {
        const ids = select(connection, collection, plan, 'id').map((found) => String(found.id))
        const sql = `delete from ${table} where id = ?`
        for (const id of ids) connection.statement(sql).run(id)
        return ids.length
      }),
  }
}

function select(connection: Connection, collection: Collection<Stored>, plan: QueryPlan, column: 'id' | 'j') {
  const found: ReturnType<ReturnType<Connection['statement']>['all']> = []
  for (const { text, parameters } of selectStatements(collection, plan, column)) {
    const left = plan.limit - found.length
    if (left <= 0) break
    const bound: Parameter[] = [...parameters, left]
    found.push(...connection.statement(text).all(...bound))
  }
  return found
}

/** Throws when the file does not hold what this adapter writes. */
function rowOf(found: Record<string, unknown>): Row {
  if (typeof found.j !== 'string') throw new Error('the database holds a row that is not a document')
  return JSON.parse(found.j) as Row
}

const SQLITE_CONSTRAINT_UNIQUE = 2067
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555

function guarded(collection: Collection<Stored>, run: () => unknown): void {
  try {
    run()
  } catch (error) {
    const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined
    if (code === SQLITE_CONSTRAINT_PRIMARYKEY) throw new StorageConflict(collection.name, '_id')
    if (code !== SQLITE_CONSTRAINT_UNIQUE || !(error instanceof Error)) throw error
    const index = /index '[^/']*\/([^']+)'/.exec(error.message)?.[1]
    throw new StorageConflict(collection.name, index ?? '_id')
  }
}
