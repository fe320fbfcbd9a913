import type { ClientSession } from 'mongodb'

/** The session of a transaction, for the driver's options. */
export interface InSession {
  session?: ClientSession
}

/** How an operation runs: by itself, or as the next step of a transaction. */
export interface MongodbAccess {
  /** One command. */
  run<T>(command: (options: InSession) => Promise<T>): Promise<T>
  /** Several commands, all or none. */
  together<T>(commands: (options: InSession) => Promise<T>): Promise<T>
  /** Whether this is one of the transaction's first runs, or a command of its own. */
  mayRetry(): boolean
  inTransaction: boolean
}
