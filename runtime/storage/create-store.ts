import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { createDocuments, type DocumentsScope, isOrganization } from './documents.ts'
import type { Engine, EngineSession } from './engine.ts'
import { appendToOutbox } from './outbox-append.ts'
import type { Store, Stored, Transaction } from './port.ts'
import { type BlobStore, type Collection, type Handles, type OutboxDraft, StorageError } from './port.ts'
import { storageLimits } from './storage-limits.ts'

type Guard = DocumentsScope['guard']

/** A transaction under way; the async context of its work points here. */
interface Attempt {
  open: boolean
  /** What a handle threw first: the transaction is lost, whatever the work makes of it. */
  failure?: Error
  events: OutboxDraft[]
  /** Steps under way, also those that the work forgot to wait for. */
  steps: Set<Promise<unknown>>
}

/** The store as its users see it, over one engine and the (checked) collections that it was opened with. */
export function createStore(deps: {
  engine: Engine
  collections: readonly Collection<Stored>[]
  clock: Clock
  ids: Ids
}): Store {
  const { engine } = deps
  const known = new Set(deps.collections)
  const inside = new AsyncLocalStorage<Attempt>()
  const listeners = new Set<Parameters<Store['onEmitted']>[0]>()
  let closed = false

  const refuseNow = () => {
    if (closed) throw new StorageError('the store is closed')
    // It would wait for the writer that the transaction holds: forever.
    if (inside.getStore()?.open) throw new StorageError("inside tx only the transaction's own handles may be used")
  }
  const outside: Guard = async (operation) => {
    refuseNow()
    return operation()
  }

  async function attempt<T>(session: EngineSession, work: (tx: Transaction) => Promise<T>) {
    const current: Attempt = { open: true, events: [], steps: new Set() }
    const handles = createHandles(known, session, guardOf(current))
    const tx: Transaction = { ...handles, emit: (event) => emitInto(current, event) }
    try {
      const value = await withinTime(inside.run(current, () => finished(current, work(tx))))
      current.open = false
      await appendToOutbox(session, current.events, deps)
      const partitions = [...new Set(current.events.map((event) => event.partition))]
      return { value, partitions, types: [...new Set(current.events.map((event) => event.type))] }
    } catch (error) {
      throw current.failure ?? error
    } finally {
      current.open = false
    }
  }

  return {
    engine: engine.name,
    ...createHandles(known, engine, outside),
    blobs: guardedBlobs(engine.blobs, refuseNow),
    async tx(work) {
      refuseNow()
      const { value, partitions, types } = await engine.transaction((session) => attempt(session, work))
      if (partitions.length > 0) for (const listener of listeners) queueMicrotask(() => listener(partitions, types))
      return value
    },
    onEmitted(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    ping: () => outside(() => engine.ping()),
    async close() {
      if (closed) return
      closed = true
      await engine.close()
    },
  }
}

function createHandles(known: ReadonlySet<Collection<Stored>>, session: EngineSession, guard: Guard): Handles {
  const handle = (organizationId: string | undefined): ReturnType<Handles['asSystem']> => {
    const scope = { organizationId, guard }
    return (collection) => {
      if (!known.has(collection)) throw new StorageError(`the store was not opened with ${collection.name}`)
      if (organizationId !== undefined && collection.scope === 'system') {
        throw new StorageError(`${collection.name} belongs to the system`)
      }
      return createDocuments(collection, session.documents(collection), scope)
    }
  }
  const system = handle(undefined)
  return {
    forOrganization(organizationId) {
      if (!isOrganization(organizationId)) throw new StorageError('an organization has an id')
      return handle(organizationId)
    },
    asSystem(reason) {
      if (typeof reason !== 'string' || reason.trim() === '') throw new StorageError('asSystem needs a reason')
      return system
    },
  }
}

function guardOf(current: Attempt): Guard {
  return async (operation) => {
    if (!current.open) throw new StorageError('the transaction has ended')
    if (current.failure) throw current.failure
    const step = operation()
    current.steps.add(step)
    try {
      return await step
    } catch (error) {
      // MongoDB's server aborts a transaction at the first error; both engines are held to that.
      current.failure ??= error instanceof Error ? error : new Error(String(error))
      throw error
    } finally {
      current.steps.delete(step)
    }
  }
}

/**
 * The work with all of its steps: one that nobody waited for must neither slip out of the commit nor, when the work is
 * run again, into the next try.
 */
async function finished<T>(current: Attempt, work: Promise<T>): Promise<T> {
  const [result] = await Promise.allSettled([work])
  current.open = false
  while (current.steps.size > 0) {
    const ended = await Promise.allSettled(current.steps)
    for (const step of ended) if (step.status === 'rejected') current.failure ??= step.reason
  }
  if (current.failure) throw current.failure
  if (result.status === 'rejected') throw result.reason
  return result.value
}

/** The payload is checked when it is written: by then it is what is stored. */
function emitInto(current: Attempt, event: OutboxDraft): void {
  if (!current.open) throw new StorageError('the transaction has ended')
  if (current.events.length >= storageLimits.batch) throw new StorageError('too many events in one transaction')
  for (const name of [event.partition, event.type]) {
    if (!/^[\w.:/-]{1,128}$/.test(name)) throw new StorageError('an event has a partition and a type, plain words')
  }
  current.events.push({ partition: event.partition, type: event.type, payload: event.payload })
}

/** The writer waits for the work, so work that hangs would hold up every other write of the process. */
async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const error = new StorageError(`a transaction took longer than ${storageLimits.transactionMs} ms`)
    timer = setTimeout(() => reject(error), storageLimits.transactionMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function guardedBlobs(blobs: BlobStore, refuseNow: () => void): BlobStore {
  const guarded = async <R>(operation: () => Promise<R>) => {
    refuseNow()
    return operation()
  }
  return {
    put: (bytes) => guarded(() => blobs.put(bytes)),
    get: (id) => guarded(() => blobs.get(id)),
    delete: (id) => guarded(() => blobs.delete(id)),
    stream(id) {
      refuseNow()
      return blobs.stream(id)
    },
  }
}
