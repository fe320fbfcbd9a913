import { fieldSteps } from './field-path.ts'
import { indexShapes } from './index-shapes.ts'
import type { Collection, Stored } from './port.ts'
import type { Connection } from './sqlite-connection.ts'

/** Names are quoted here and checked by `indexShapes`; the slash keeps an index's name apart from any table's. */
export const tableOf = (collection: Collection<Stored>): string => `"c_${collection.name}"`
export const indexOf = (collection: Collection<Stored>, index: string): string => `"${collection.name}/${index}"`

/**
 * A field as SQL. Index and query must use this same text, or SQLite does not see that one serves the other. The steps
 * passed the whitelist of `fieldSteps`: no quote can end the literal.
 */
export function expressionOf(collection: Collection<Stored>, field: string): string {
  if (field === '_id') return 'id'
  if (field === 'organizationId' && collection.scope === 'organization') return 'org'
  return `j->>'${jsonPathOf(field)}'`
}

export function jsonPathOf(field: string): string {
  return `$${fieldSteps(field)
    .map((step) => `."${step}"`)
    .join('')}`
}

/** Makes the tables and indexes that are missing, and drops indexes that are declared no more or otherwise. */
export function prepareSchema(connection: Connection, collections: readonly Collection<Stored>[]): void {
  connection.db.exec('begin immediate')
  try {
    for (const collection of collections) prepareCollection(connection, collection)
    connection.db.exec('commit')
  } catch (error) {
    if (connection.db.isTransaction) connection.db.exec('rollback')
    throw error
  }
}

function prepareCollection(connection: Connection, collection: Collection<Stored>): void {
  const { db } = connection
  const table = tableOf(collection)
  const org = collection.scope === 'organization' ? ' org text not null,' : ''
  db.exec(`create table if not exists ${table} (id text primary key not null,${org} j text not null)`)
  const wanted = wantedIndexes(collection)
  const present = db
    .prepare("select name, sql from sqlite_master where type = 'index' and sql is not null and tbl_name = ?")
    .all(`c_${collection.name}`)
  const kept = new Set<string>()
  for (const { name, sql } of present) {
    if (typeof name !== 'string') continue
    if (wanted.get(name) === sql) kept.add(name)
    else db.exec(`drop index "${name}"`)
  }
  for (const [name, sql] of wanted) if (!kept.has(name)) db.exec(sql)
}

function wantedIndexes(collection: Collection<Stored>): Map<string, string> {
  const table = tableOf(collection)
  const wanted = new Map<string, string>()
  if (collection.scope === 'organization') {
    wanted.set(`${collection.name}/_id`, `CREATE INDEX ${indexOf(collection, '_id')} on ${table} (org, id)`)
  }
  for (const shape of indexShapes(collection)) {
    const columns = shape.unique ? shape.columns : [...shape.columns, '_id']
    const fields = columns.map((column) => expressionOf(collection, column)).join(', ')
    const unique = shape.unique ? 'UNIQUE ' : ''
    const name = indexOf(collection, shape.name)
    wanted.set(`${collection.name}/${shape.name}`, `CREATE ${unique}INDEX ${name} on ${table} (${fields})`)
  }
  return wanted
}
