import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Engine, EngineSession } from './engine.ts'
import type { Collection, Stored } from './port.ts'
import { openSqliteBlobs } from './sqlite-blobs.ts'
import { openConnection } from './sqlite-connection.ts'
import { createSqliteDocuments, type SqliteAccess } from './sqlite-documents.ts'
import { prepareSchema } from './sqlite-schema.ts'
import { createSqliteWriter } from './sqlite-writer.ts'

/**
 * The embedded engine: one process, one file and its blobs beside it (`<path>-blobs`). The folder is made if need be,
 * for its owner only. A store in memory is a file in a temporary folder all the same: two connections to one database in
 * memory would need SQLite's shared cache, whose table locks are not those of WAL.
 */
export function openSqlite(options: { path: string; collections: readonly Collection<Stored>[] }): Engine {
  const passing = options.path === ':memory:'
  const folder = passing ? temporaryFolder() : undefined
  const path = folder ? join(folder, 'store.db') : options.path
  if (!folder) mkdirSync(dirname(path), { recursive: true, mode: 0o700 })

  const writer = createSqliteWriter(openConnection(path, { readOnly: false, durable: !passing }))
  prepareSchema(writer.connection, options.collections)
  const reader = openConnection(path, { readOnly: true, durable: !passing })
  const blobs = openSqliteBlobs(`${path}-blobs`, { durable: !passing })

  const outside = sessionOf({ read: reader, write: (job) => writer.single(() => job(writer.connection)) })
  const inside = sessionOf({ read: writer.connection, write: async (job) => job(writer.connection) })

  return {
    name: 'sqlite',
    blobs: blobs.store,
    documents: outside.documents,
    transaction: (work) => writer.exclusive(() => work(inside)),
    async ping() {
      reader.statement('select 1').get()
    },
    async close() {
      await writer.idle()
      blobs.close()
      reader.close()
      writer.connection.close()
      if (folder) removeTemporary(folder)
    },
  }
}

function sessionOf(access: SqliteAccess): EngineSession {
  return { documents: (collection) => createSqliteDocuments(collection, access) }
}

/** Stores in memory that nobody closed; one listener removes them all, however many there are. */
const passingFolders = new Set<string>()

function temporaryFolder(): string {
  if (passingFolders.size === 0) process.on('exit', removeAll)
  const folder = mkdtempSync(join(tmpdir(), 'annex-store-'))
  passingFolders.add(folder)
  return folder
}

function removeTemporary(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  passingFolders.delete(folder)
  if (passingFolders.size === 0) process.off('exit', removeAll)
}

function removeAll(): void {
  for (const folder of passingFolders) rmSync(folder, { recursive: true, force: true })
}
