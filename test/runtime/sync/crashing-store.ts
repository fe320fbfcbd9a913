import type { Handle, Store, Transaction } from '../../../runtime/storage/port.ts'

export class ProcessDied extends Error {}

/**
 * The store as a process sees it that dies at its `fuse`th operation: before it, within it (a transaction then rolls
 * back), or after it was made durable but before anybody learned so. Every later operation of that process throws.
 */
export function createCrashingStore(
  store: Store,
  fuse: number,
  moment: 'before' | 'inside' | 'after',
  isKilled: () => boolean = () => false,
): Store {
  let left = fuse
  let dead = false

  async function guard<T>(operation: (dies: boolean) => Promise<T>): Promise<T> {
    if (dead || isKilled()) throw new ProcessDied()
    const dies = --left === 0
    if (!dies) return operation(false)
    dead = true
    if (moment === 'before') throw new ProcessDied()
    await operation(moment === 'inside')
    throw new ProcessDied()
  }

  function wrap(handle: Handle): Handle {
    return (collection) =>
      new Proxy(handle(collection), {
        get: (documents, name, receiver) => {
          const method: unknown = Reflect.get(documents, name, receiver)
          if (typeof method !== 'function') return method
          return (...args: unknown[]) => guard(() => method.apply(documents, args))
        },
      })
  }

  return {
    engine: store.engine,
    blobs: store.blobs,
    forOrganization: (organizationId) => wrap(store.forOrganization(organizationId)),
    asSystem: (reason) => wrap(store.asSystem(reason)),
    tx: <T>(work: (tx: Transaction) => Promise<T>) =>
      guard((dies) =>
        store.tx(async (tx) => {
          const value = await work(tx)
          if (dies) throw new ProcessDied()
          return value
        }),
      ),
    onEmitted: (listener) => store.onEmitted(listener),
    ping: () => store.ping(),
    close: async () => {},
  }
}
