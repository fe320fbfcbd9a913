import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient, MongoClientClosedError, MongoNetworkError } from 'mongodb'
import type { Test } from 'tap'
import type { StoreEngine } from '../../runtime/storage/open-store.ts'

/** A store of its own on the engine that the run is for, gone with the test. */
export interface TestEngine {
  engine: StoreEngine
  /** The service's settings for it. */
  env: Record<string, string>
}

const PREFIX = 'annex_faults_'
const DROP_MS = 5_000
/** Longer than any test: what is older was left by one that has ended. */
const STALE_MS = 15 * 60_000

export function testEngine(t: Pick<Test, 'teardown'>, dataFolder: string): TestEngine {
  if (process.env.TEST_ENGINE !== 'mongodb') {
    return { engine: { kind: 'sqlite', path: join(dataFolder, 'annex.db') }, env: { ANNEX_STORE: 'sqlite' } }
  }
  const uri = process.env.MONGODB_URI
  if (!uri) throw new Error('TEST_ENGINE=mongodb needs MONGODB_URI')
  const database = `${PREFIX}${Date.now()}_${randomBytes(4).toString('hex')}`
  t.teardown(() => dropDatabases(uri, database))
  const env = { ANNEX_STORE: 'mongodb', MONGODB_URI: uri, ANNEX_DATABASE: database }
  return { engine: { kind: 'mongodb', uri, database }, env }
}

/**
 * The test's own database, and what earlier runs had to leave: MongoDB keeps the locks of a killed process's transaction
 * for a minute, and dropping a database waits for them.
 */
async function dropDatabases(uri: string, own: string): Promise<void> {
  const client = new MongoClient(uri)
  try {
    await Promise.race([dropAll(client, own), sleep(DROP_MS, undefined, { ref: false })])
  } finally {
    await client.close(true)
  }
}

async function dropAll(client: MongoClient, own: string): Promise<void> {
  const { databases } = await client.db().admin().listDatabases({ nameOnly: true })
  const names = databases.map(({ name }) => name).filter((name) => name === own || isStale(name))
  for (const name of names) await client.db(name).dropDatabase().catch(ignoreClosing)
}

/** `client.close` ends a drop that took too long. */
function ignoreClosing(error: unknown): void {
  if (!(error instanceof MongoClientClosedError) && !(error instanceof MongoNetworkError)) throw error
}

function isStale(name: string): boolean {
  const [made] = name.startsWith(PREFIX) ? name.slice(PREFIX.length).split('_') : []
  return made !== undefined && Date.now() - Number(made) > STALE_MS
}
