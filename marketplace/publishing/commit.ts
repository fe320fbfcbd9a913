import type { Store, Stored, Transaction } from '../../runtime/storage/port.ts'
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
export async function commit<T>(store: Store, work: (tx: Transaction) => Promise<Outcome<T>>): Promise<Outcome<T>> {
  for (let left = TRIES; ; left--) {
    try {
      return await store.tx(work)
    } catch (error) {
      if (error instanceof Refusal) return { ok: false, error: error.error }
      if (!(error instanceof StaleWrite) || left === 1) throw error
    }
  }
}
