import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import type { Test } from 'tap'
import type { StoreEngine } from '../../runtime/storage/open-store.ts'

/** A store of its own on the engine that the run is for, gone with the test. */
export interface TestEngine {
  engine: StoreEngine
  /** The service's settings for it. */
  env: Record<string, string>
}

export function testEngine(t: Pick<Test, 'teardown'>, dataFolder: string): TestEngine {
  if (process.env.ANNEX_TEST_ENGINE !== 'mongodb') {
    return { engine: { kind: 'sqlite', path: join(dataFolder, 'annex.db') }, env: { ANNEX_STORE: 'sqlite' } }
  }
  const uri = process.env.MONGODB_URI
  if (!uri) throw new Error('ANNEX_TEST_ENGINE=mongodb needs MONGODB_URI')
  const database = `annex_faults_${randomBytes(6).toString('hex')}`
  t.teardown(() => dropDatabase(uri, database))
  const env = { ANNEX_STORE: 'mongodb', MONGODB_URI: uri, ANNEX_DATABASE: database }
  return { engine: { kind: 'mongodb', uri, database }, env }
}

async function dropDatabase(uri: string, database: string): Promise<void> {
  const client = new MongoClient(uri)
  try {
    await client.db(database).dropDatabase()
  } finally {
    await client.close()
  }
}
