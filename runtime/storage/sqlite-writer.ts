import { setImmediate as turn } from 'node:timers/promises'
import type { Connection } from './sqlite-connection.ts'

/**
 * The one writer of a database, behind a queue. With a single connection for everything, an unrelated `await` would slip
 * its write into somebody's open transaction; with two writers, SQLite's busy wait would block the event loop that the
 * other one needs to finish.
 */
export interface SqliteWriter {
  readonly connection: Connection
  /** Runs `job` and resolves when its commit is durable. */
  single<T>(job: () => T): Promise<T>
  /** Runs `work` in a transaction that holds the writer to its end. */
  exclusive<T>(work: () => Promise<T>): Promise<T>
  /** Resolves when all that was queued before is done. */
  idle(): Promise<void>
}

/**
 * A place in the line. `begin` does its work, or waits until it is done; false means that it is to be taken back. What
 * failed is settled after the commit too: whoever is refused for a row of another one in the group finds that row then.
 */
interface Entry {
  begin(): boolean | Promise<boolean>
  committed(): void
  refuse(error: unknown): void
}

/** So many, or so long, and what is done is made durable. */
const MOST_TOGETHER = 256
const LONGEST_MS = 5

export function createSqliteWriter(connection: Connection): SqliteWriter {
  const queue: Entry[] = []
  let pumping = false

  function enqueue(entry: Entry): void {
    queue.push(entry)
    if (pumping) return
    pumping = true
    void pump()
  }

  async function pump(): Promise<void> {
    while (queue.length > 0) {
      // A turn of the event loop, so that writes which were released by the last commit come together in the next one.
      await turn()
      await commitTogether(connection, queue)
    }
    pumping = false
  }

  /** Resolves in turn, in the caller's own asynchronous context, which tells nested transactions. */
  const acquire = () =>
    new Promise<Turn>((granted, refused) => {
      const over = Promise.withResolvers<boolean>()
      const durable = Promise.withResolvers<void>()
      // Nobody waits for it before the work is done.
      durable.promise.catch(() => {})
      enqueue({
        begin: () => {
          granted({ end: over.resolve, durable: durable.promise })
          return over.promise
        },
        committed: durable.resolve,
        refuse(error) {
          refused(error)
          durable.reject(error)
        },
      })
    })

  async function exclusive<T>(work: () => Promise<T>): Promise<T> {
    const { end, durable } = await acquire()
    let value: T
    try {
      value = await work()
    } catch (error) {
      end(false)
      await durable
      throw error
    }
    end(true)
    await durable
    return value
  }

  return {
    connection,
    single: (job) =>
      new Promise((resolve, reject) => {
        let settle: () => void
        enqueue({
          begin() {
            try {
              const value = job()
              settle = () => resolve(value)
              return true
            } catch (error) {
              settle = () => reject(error)
              return false
            }
          },
          committed: () => settle(),
          refuse: reject,
        })
      }),
    exclusive,
    idle: () => exclusive(async () => {}),
  }
}

/** The writer, for one transaction: `end(false)` takes it back, `durable` is when the group is committed. */
interface Turn {
  end(ok: boolean): void
  durable: Promise<void>
}

/**
 * What waits in line shares one commit, and so one sync to disk. Each has a savepoint of its own: one that fails takes
 * nothing with it. None is acknowledged before the commit.
 */
async function commitTogether(connection: Connection, queue: Entry[]): Promise<void> {
  const done: Entry[] = []
  const run = (sql: string) => connection.statement(sql).run()
  try {
    run('begin immediate')
  } catch (error) {
    return queue.shift()?.refuse(error)
  }
  try {
    const began = performance.now()
    for (let taken = 0; taken < MOST_TOGETHER && performance.now() - began < LONGEST_MS; taken++) {
      const entry = queue.shift()
      if (!entry) break
      done.push(entry)
      run('savepoint one')
      const kept = await entry.begin()
      // A full disk, for one, makes SQLite roll back by itself: then nothing of the others is left either.
      if (!connection.db.isTransaction) throw new Error('the transaction was rolled back by the database')
      if (!kept) run('rollback to one')
      run('release one')
    }
    run('commit')
  } catch (error) {
    if (connection.db.isTransaction) run('rollback')
    for (const entry of done) entry.refuse(error)
    return
  }
  for (const entry of done) entry.committed()
}
