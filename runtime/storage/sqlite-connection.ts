import { DatabaseSync, type StatementSync } from 'node:sqlite'

/** One connection with its prepared statements. */
export interface Connection {
  readonly db: DatabaseSync
  /** The statement for this text, prepared once. */
  statement(sql: string): StatementSync
  close(): void
}

const STATEMENTS_KEPT = 500
const BUSY_MS = 5_000
/** 16 MiB: pages that many commits change, those of an index, are carried over into the file once for all of them. */
const CHECKPOINT_PAGES = 4_000

/**
 * `durable: false` gives up the sync to disk of each commit: for stores that are thrown away. A commit in WAL mode with
 * `synchronous=FULL` survives a loss of power: https://www.sqlite.org/pragma.html#pragma_synchronous
 */
export function openConnection(path: string, options: { readOnly: boolean; durable: boolean }): Connection {
  const db = new DatabaseSync(path, { readOnly: options.readOnly, timeout: BUSY_MS })
  // First of all: the change to WAL waits for the disk as well.
  db.exec(`pragma synchronous = ${options.durable ? 'full' : 'off'}; pragma temp_store = memory`)
  if (!options.readOnly) db.exec('pragma journal_mode = wal')
  db.exec('pragma cache_size = -32000; pragma mmap_size = 268435456')
  db.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
  const statements = new Map<string, StatementSync>()

  return {
    db,
    statement(sql) {
      const known = statements.get(sql)
      if (known) return known
      if (statements.size >= STATEMENTS_KEPT) statements.clear()
      const made = db.prepare(sql)
      statements.set(sql, made)
      return made
    },
    close() {
      statements.clear()
      db.close()
    },
  }
}
