import { StorageConflict, type Store, type Stored, type Transaction } from '../../runtime/storage/port.ts'
import type { Outcome, ServiceError } from '../errors.ts'

const TRIES = 8

/** A document changed between its read and its write: the transaction is rolled back and tried again. */
class StaleWrite extends Error {
  readonly code = 'STALE_WRITE'
}

/** Rolls a transaction back with a refusal as its outcome. */
class Refusal extends Error {
  readonly error: ServiceError
  constructor(error: ServiceError) {
    super(error.message)
    this.error = error
  }
}

/** The result of a compare-and-set inside `commit`: stale if it did not take. */
export function written<T extends Stored>(document: T | undefined): T {
  if (!document) throw new StaleWrite('a document changed in the meantime')
  return document
}

/** Inside `commit`: nothing of the transaction is kept, and the caller gets this refusal. */
export function abort(refusal: { ok: false; error: ServiceError }): never {
  throw new Refusal(refusal.error)
}

/**
 * One transaction whose writes go through `written`: it runs again when another writer came between. Storage only:
 * the work may run several times.
 */
export function commit<T>(store: Store, work: (tx: Transaction) => Promise<Outcome<T>>): Promise<Outcome<T>> {
  return commitAgain(store, work, (error) => error instanceof StaleWrite)
}

/**
 * The same, of work that inserts only what it did not find: a row that another writer inserted meanwhile is found the next
 * time.
 */
export function commitFound<T>(store: Store, work: (tx: Transaction) => Promise<Outcome<T>>): Promise<Outcome<T>> {
  return commitAgain(store, work, (error) => error instanceof StaleWrite || error instanceof StorageConflict)
}

async function commitAgain<T>(
  store: Store,
  work: (tx: Transaction) => Promise<Outcome<T>>,
  isMet: (error: unknown) => boolean,
): Promise<Outcome<T>> {
  for (let left = TRIES; ; left--) {
    try {
      return await store.tx(work)
    } catch (error) {
      if (error instanceof Refusal) return { ok: false, error: error.error }
      if (!isMet(error) || left === 1) throw error
    }
  }
}
