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
  const byId = `select j from ${tableOf(collection)} where id = ?`
  const byIds = `select j from ${tableOf(collection)} where id in (select value from json_each(?))`
  const { read, write } = access
  return {
    async get(id, organizationId) {
      const found =
        organizationId === undefined
          ? read.statement(byId).get(id)
          : read.statement(`${byId} and org = ?`).get(id, organizationId)
      return found && rowOf(found)
    },
    async getMany(ids, organizationId) {
      const list = JSON.stringify(ids)
      if (organizationId === undefined) return read.statement(byIds).all(list).map(rowOf)
      return read.statement(`${byIds} and org = ?`).all(list, organizationId).map(rowOf)
    },
    find: async (plan) => select(read, collection, plan, 'j').map(rowOf),
    insert: (documents) => write((connection) => insert(connection, collection, documents)),
    put: (document) => write((connection) => put(connection, collection, document)),
    change: (plan, patch) =>
      write((connection) => {
        const [found] = select(connection, collection, plan, 'j')
        if (!found) return undefined
        const row = rowOf(found)
        applyPatch(row, patch)
        replace(connection, collection, row)
        return row
      }),
    increment: (plan, field, by, seed) =>
      write((connection) => {
        const [found] = select(connection, collection, plan, 'j')
        if (found) return increment(connection, collection, rowOf(found), field, by)
        if (seed) insert(connection, collection, [checkDocument(collection, seed)])
        return seed && by
      }),
    remove: (plan) =>
      write((connection) => {
        const ids = select(connection, collection, plan, 'id').map((found) => String(found.id))
        const sql = `delete from ${tableOf(collection)} where id = ?`
        for (const id of ids) connection.statement(sql).run(id)
        return ids.length
      }),
  }
}

function insert(connection: Connection, collection: Collection<Stored>, documents: readonly CheckedDocument[]): void {
  const tenant = collection.scope === 'organization'
  const sql = `insert into ${tableOf(collection)} values (${tenant ? '?, ?, ?' : '?, ?'})`
  const statement = connection.statement(sql)
  guarded(collection, () => {
    for (const { row, text } of documents) {
      if (tenant) statement.run(row._id, row.organizationId ?? null, text)
      else statement.run(row._id, text)
    }
  })
}

function replace(connection: Connection, collection: Collection<Stored>, row: Row): void {
  const { text } = checkDocument(collection, row)
  const sql = `update ${tableOf(collection)} set j = ? where id = ?`
  guarded(collection, () => connection.statement(sql).run(text, row._id))
}

function put(connection: Connection, collection: Collection<Stored>, document: CheckedDocument): Row {
  const { row } = document
  const old = connection.statement(`select j from ${tableOf(collection)} where id = ?`).get(row._id)
  if (!old) {
    insert(connection, collection, [document])
    return row
  }
  const before = rowOf(old)
  const foreign = collection.scope === 'organization' && before.organizationId !== row.organizationId
  if (foreign) throw new StorageConflict(collection.name, '_id')
  row.rev = before.rev + 1
  replace(connection, collection, row)
  return row
}

function increment(
  connection: Connection,
  collection: Collection<Stored>,
  row: Row,
  field: string,
  by: number,
): number {
  const value = increase(row, field, by)
  row.rev += 1
  replace(connection, collection, row)
  return value
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
