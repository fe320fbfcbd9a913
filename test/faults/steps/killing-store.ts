import type { BlobStore, Collection, Documents, Handle, Store, Stored } from '../../../runtime/storage/port.ts'

/** The writes of `Documents`, each a commit of its own outside a transaction. */
const WRITES = ['insert', 'insertMany', 'put', 'patch', 'patchFirst', 'increment', 'delete', 'deleteWhere'] as const

/**
 * The store, with `onWrite` called when each durable write is there and its caller does not know yet. When it answers true,
 * `die` is called: on MongoDB once no write is under way, and no new one begins, as that engine keeps the locks of a
 * dead client's transaction for a minute.
 */
export function watchWrites(store: Store, onWrite: () => boolean, die: () => void): Store {
  const waits = store.engine === 'mongodb'
  let open = 0
  let dying = false
  const dieNow = () => {
    if (dying && (open === 0 || !waits)) die()
  }
  async function told<T>(write: () => Promise<T>): Promise<T> {
    if (dying) return new Promise(() => undefined)
    open++
    try {
      const done = await write()
      dying ||= onWrite()
      return done
    } finally {
      open--
      dieNow()
    }
  }
  const watched = (handle: Handle): Handle => {
    return <T extends Stored>(collection: Collection<T>): Documents<T> => {
      const documents = handle(collection)
      return new Proxy(documents, {
        get(target, name) {
          const member = Reflect.get(target, name) as unknown
          if (typeof member !== 'function') return member
          const bound = member.bind(target) as (...given: unknown[]) => Promise<unknown>
          return WRITES.some((write) => write === name) ? (...given: unknown[]) => told(() => bound(...given)) : bound
        },
      })
    }
  }
  const blobs: BlobStore = {
    put: (bytes) => told(() => store.blobs.put(bytes)),
    get: (id) => store.blobs.get(id),
    stream: (id) => store.blobs.stream(id),
    delete: (id) => told(() => store.blobs.delete(id)),
  }
  return {
    engine: store.engine,
    blobs,
    forOrganization: (id) => watched(store.forOrganization(id)),
    asSystem: (reason) => watched(store.asSystem(reason)),
    tx: (work) => told(() => store.tx(work)),
    onEmitted: (listener) => store.onEmitted(listener),
    ping: () => store.ping(),
    close: () => store.close(),
  }
}
