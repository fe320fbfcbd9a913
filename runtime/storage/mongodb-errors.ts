import { MongoError, MongoServerError } from 'mongodb'
import { StorageConflict, StorageError, StoreUnavailable } from './port.ts'

const WRITE_CONFLICT = 112
const DUPLICATE_KEY = 11000
/** A patch that does not fit the document: TypeMismatch, PathNotViable, BSONObjectTooLarge. */
const UNFIT = new Set([14, 28, 10334])
const TRANSIENT = 'TransientTransactionError'

/** The index that a duplicate key error names, `_id` for the primary key; `?` when the server does not say. */
export function duplicateIndex(error: unknown): string | undefined {
  if (!(error instanceof MongoServerError) || error.code !== DUPLICATE_KEY) return undefined
  const index = / index: (\S+)/.exec(error.message)?.[1] ?? '?'
  return index === '_id_' ? '_id' : index
}

/** The port's error for a server's, or the same error. */
export function translateError(error: unknown, collection: string): unknown {
  const index = duplicateIndex(error)
  if (index !== undefined) return new StorageConflict(collection, index)
  if (error instanceof MongoServerError && typeof error.code === 'number' && UNFIT.has(error.code)) {
    return new StorageError(`${collection}: the change does not fit the document`, { cause: error })
  }
  return error
}

/**
 * What stands between an operator and an open store, in words; any other error as it is. An error of the driver may quote
 * the URI, and the words go to a terminal or a log: its user and password are taken out.
 */
export function unavailable(error: unknown, uri: string, hosts: readonly string[]): unknown {
  const ofDriver = error instanceof MongoError || (error instanceof Error && 'syscall' in error)
  if (!ofDriver) return error
  // Up to the last `@`: a password that was not escaped may hold any sign.
  const secrets = /^[^:]*:\/\/(.*)@/s.exec(uri)?.[1]?.split(':') ?? []
  const told = secrets
    .filter((secret) => secret !== '')
    .reduce((text, secret) => text.replaceAll(secret, '…'), error.message)
  const where = hosts.length > 0 ? ` at ${hosts.join(', ')}` : ''
  return new StoreUnavailable(`MongoDB${where} cannot be used: ${told}`, { cause: error })
}

/** Whether another writer was in the way and a new try may succeed. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof MongoError)) return false
  return error.code === WRITE_CONFLICT || error.hasErrorLabel(TRANSIENT)
}

/** Makes the driver run the whole transaction again. */
export function markTransient(error: unknown): unknown {
  if (error instanceof MongoError && !error.hasErrorLabel(TRANSIENT)) error.addErrorLabel(TRANSIENT)
  return error
}
