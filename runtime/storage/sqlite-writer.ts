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

type Entry =
  | { kind: 'single'; run(): Settle; refuse(error: unknown): void }
  | { kind: 'exclusive'; grant(): Promise<void> }
type Settle = () => void

const MOST_TOGETHER = 256

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
      const head = queue[0]
      if (head?.kind === 'exclusive') {
        queue.shift()
        await head.grant()
      } else commitTogether(connection, takeSingles(queue))
    }
    pumping = false
  }

  const acquire = () =>
    new Promise<() => void>((granted) => {
      enqueue({ kind: 'exclusive', grant: () => new Promise((release) => granted(release)) })
    })

  return {
    connection,
    single: (job) =>
      new Promise((resolve, reject) => {
        enqueue({
          kind: 'single',
          run: () => {
            const value = job()
            return () => resolve(value)
          },
          refuse: reject,
        })
      }),
    async exclusive(work) {
      const release = await acquire()
      try {
        return await inTransaction(connection, work)
      } finally {
        release()
      }
    },
    async idle() {
      const release = await acquire()
      release()
    },
  }
}

function takeSingles(queue: Entry[]): (Entry & { kind: 'single' })[] {
  const taken: (Entry & { kind: 'single' })[] = []
  for (let head = queue[0]; head?.kind === 'single' && taken.length < MOST_TOGETHER; head = queue[0]) {
    taken.push(head)
    queue.shift()
  }
  return taken
}

/**
 * Independent writes share one commit, and so one sync to disk. Each has a savepoint of its own: one that fails takes
 * nothing with it. None is acknowledged before the commit.
 */
function commitTogether(connection: Connection, entries: readonly (Entry & { kind: 'single' })[]): void {
  const settled: Settle[] = []
  const run = (sql: string) => connection.statement(sql).run()
  try {
    run('begin immediate')
    for (const entry of entries) {
      run('savepoint one')
      try {
        settled.push(entry.run())
      } catch (error) {
        run('rollback to one')
        settled.push(() => entry.refuse(error))
      }
      run('release one')
    }
    run('commit')
  } catch (error) {
    rollback(connection)
    for (const entry of entries) entry.refuse(error)
    return
  }
  for (const settle of settled) settle()
}

async function inTransaction<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  connection.statement('begin immediate').run()
  try {
    const value = await work()
    connection.statement('commit').run()
    return value
  } catch (error) {
    rollback(connection)
    throw error
  }
}

/** A full disk, for one, makes SQLite roll back by itself. */
function rollback(connection: Connection): void {
  if (connection.db.isTransaction) connection.statement('rollback').run()
}
