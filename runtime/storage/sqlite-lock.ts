import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Another process serves this data folder. */
export class DataFolderInUse extends Error {
  readonly code = 'DATA_FOLDER_IN_USE'
}

/**
 * Holds a data folder for this process: the embedded store has one writer, and two services on it would corrupt each
 * other's work. The lock is the operating system's (SQLite's exclusive lock on a file of its own), so that it is gone
 * with its holder however that ends, `kill -9` included. Answers what gives it back. Throws `DataFolderInUse`.
 */
export function lockDataFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const database = new DatabaseSync(join(folder, 'annex.lock'), { timeout: 0 })
  try {
    database.exec('begin exclusive')
  } catch (error) {
    database.close()
    if (error instanceof Error && error.message.includes('locked'))
      throw new DataFolderInUse(`another process serves ${folder}; stop it or set ANNEX_DATA to another folder`)
    throw error
  }
  return () => database.close()
}
