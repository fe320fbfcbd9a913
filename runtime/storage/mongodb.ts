import { setTimeout as sleep } from 'node:timers/promises'
import { type ClientSession, type Db, MongoClient, MongoParseError, type TransactionOptions } from 'mongodb'
import type { Clock } from '../clock.ts'
import type { Row } from './check-document.ts'
import type { Engine, EngineSession } from './engine.ts'
import type { MongodbAccess } from './mongodb-access.ts'
import { createMongodbBlobs, sweepMongodbBlobs } from './mongodb-blobs.ts'
import { createMongodbDocuments } from './mongodb-documents.ts'
import { isTransient, markTransient, unavailable } from './mongodb-errors.ts'
import { prepareDatabase, requireTransactions } from './mongodb-schema.ts'
import type { Collection, Stored } from './port.ts'
import { storageLimits } from './storage-limits.ts'

const TRANSACTION: TransactionOptions = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority', journal: true },
  readPreference: 'primary',
}

/**
 * The engine for more than one machine. What it acknowledges is on the disks of a majority, and what it reads is too.
 * Rejects with `StoreUnavailable` when the server does not answer within 10 s (or the URI's `serverSelectionTimeoutMS`),
 * lets nobody in, or has no transactions.
 */
export async function openMongodb(options: {
  uri: string
  database: string
  collections: readonly Collection<Stored>[]
  clock: Clock
}): Promise<Engine> {
  const client = clientOf(options.uri)
  try {
    await client.connect()
    const db = client.db(options.database)
    await requireTransactions(db)
    await prepareDatabase(db, options.collections)
    await sweepMongodbBlobs(db, options.clock)
    return createEngine(client, db, createMongodbBlobs(db, options.clock))
  } catch (error) {
    await client.close()
    throw unavailable(error, options.uri, client.options.hosts.map(String))
  }
}

function clientOf(uri: string): MongoClient {
  try {
    return new MongoClient(uri, {
      writeConcern: { w: 'majority', journal: true },
      readConcern: { level: 'majority' },
      readPreference: 'primary',
      ignoreUndefined: true,
      // The driver prefers its options to the URI's: here the operator's word goes first.
      ...(/[?&]serverSelectionTimeoutMS=/i.test(uri) ? {} : { serverSelectionTimeoutMS: 10_000 }),
    })
  } catch (error) {
    // The URI cannot be read: the parser's errors are of a class of its own.
    throw unavailable(error instanceof Error ? new MongoParseError(error.message) : error, uri, [])
  }
}

function createEngine(client: MongoClient, db: Db, blobs: Engine['blobs']): Engine {
  const outside: MongodbAccess = {
    inTransaction: false,
    mayRetry: () => true,
    run: (command) => retrying(() => command({})),
    together: (commands) => transaction(client, (session) => commands({ session })),
  }
  return {
    name: 'mongodb',
    blobs,
    ...sessionOf(db, outside),
    transaction: (work) =>
      transaction(client, (session, tries) => work(sessionOf(db, insideOf(session, createSteps(), tries)))),
    async ping() {
      await db.command({ ping: 1 })
    },
    close: () => client.close(),
  }
}

function sessionOf(db: Db, access: MongodbAccess): EngineSession {
  return {
    documents: (collection) => createMongodbDocuments(collection, db.collection<Row>(collection.name), access),
  }
}

const FRESH_STARTS = 5

function insideOf(session: ClientSession, steps: Steps, tries: number): MongodbAccess {
  return {
    inTransaction: true,
    mayRetry: () => tries < FRESH_STARTS,
    run: (command) => steps.next(() => command({ session })),
    together: (commands) => steps.next(() => commands({ session })),
  }
}

interface Steps {
  next<T>(step: () => Promise<T>): Promise<T>
}

/** A session carries one command at a time, whatever the work starts side by side. After a failure it carries no more. */
function createSteps(): Steps {
  let tail: Promise<unknown> = Promise.resolve()
  return {
    next(step) {
      const result = tail.then(step)
      tail = result
      // Whoever began the step hears of its failure, and so do those behind it.
      tail.catch(() => undefined)
      return result
    },
  }
}

/** The driver runs the work again, with growing pauses, as long as other writers are in its way; here it is bounded. */
async function transaction<T>(
  client: MongoClient,
  work: (session: ClientSession, tries: number) => Promise<T>,
): Promise<T> {
  const session = client.startSession()
  let tries = 0
  let last: unknown
  try {
    return await session.withTransaction(async () => {
      tries += 1
      if (tries > storageLimits.transactionTries) {
        throw new Error(`a transaction met other writers ${storageLimits.transactionTries} times`, { cause: last })
      }
      try {
        return await work(session, tries)
      } catch (error) {
        last = error
        // Not every server puts the label on a conflict; without it, the driver gives up.
        throw isTransient(error) ? markTransient(error) : error
      }
    }, TRANSACTION)
  } finally {
    await session.endSession()
  }
}

const COMMAND_TRIES = 20
/** Longer than a server needs to notice a deadlock (a second on some): those whom it refused together must not meet again. */
const LONGEST_PAUSE_MS = 3_000

/** A single command may meet another writer as well. Broken connections are the driver's to retry. */
async function retrying<T>(command: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await command()
    } catch (error) {
      if (!isTransient(error) || tries >= COMMAND_TRIES) throw error
      await sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, 5 * 2 ** tries))
    }
  }
}
