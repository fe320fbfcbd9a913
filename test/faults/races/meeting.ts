import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type {
  BlobStore,
  Collection,
  Documents,
  Handle,
  Store,
  Stored,
  Transaction,
} from '../../../runtime/storage/port.ts'

/** `beside` counts what is inside transactions too. */
export type How = 'between' | 'beside'

const PATIENCE_MS = 1_000

export interface Met {
  /** Calls to the store that the main act made up to then: where the other one can begin. */
  calls: Record<How, number>
  /** The main act waited between two of its steps while the other one was done. */
  waited: boolean
}

/** Lets one act begin right before a certain call of another one to the store. */
export interface Meeting {
  /** To be put around the store that both work on. */
  watch(store: Store): Store
  /**
   * Both to their ends. `between`: the rival acts as a whole between two steps of the main act, which waits for it, and so
   * never inside a transaction. `beside`: it begins at any call, inside transactions too, and both go on at once. When the
   * main act has fewer calls than `at`, the rival comes after it.
   */
  hold(how: How, at: number, main: () => Promise<unknown>, rival: () => Promise<unknown>): Promise<Met>
}

export function createMeeting(): Meeting {
  let arrive: ((inside: boolean) => Promise<void> | undefined) | undefined

  async function step<T>(inside: boolean, call: () => Promise<T>): Promise<T> {
    await arrive?.(inside)
    return call()
  }

  return {
    watch: (store) => watched(store, step),
    async hold(how, at, main, rival) {
      const outside = AsyncLocalStorage.snapshot()
      const met = { calls: { between: 0, beside: 0 }, waited: false }
      let begun: Promise<unknown> | undefined
      arrive = (inside) => {
        if (begun) return undefined
        met.calls.beside++
        if (!inside) met.calls.between++
        if (met.calls[how] < at || (inside && how === 'between')) return undefined
        // In no transaction, wherever it is that it begins.
        begun = outside(() => Promise.resolve().then(rival))
        return how === 'between' ? patiently(begun, met) : turn()
      }
      await main()
      arrive = undefined
      await (begun ?? rival())
      return met
    },
  }
}

/** The main act may stand where the rival itself waits for it: in what both share, such as a queue that is written together. */
async function patiently(rival: Promise<unknown>, met: Met): Promise<void> {
  const stop = new AbortController()
  const patience = sleep(PATIENCE_MS, false, { signal: stop.signal }).catch(() => false)
  met.waited = await Promise.race([rival.then(() => true), patience])
  stop.abort()
}

type Step = <T>(inside: boolean, call: () => Promise<T>) => Promise<T>

function watched(store: Store, step: Step): Store {
  const blobs: BlobStore = {
    put: (bytes) => step(false, () => store.blobs.put(bytes)),
    get: (id) => step(false, () => store.blobs.get(id)),
    stream: (id) => store.blobs.stream(id),
    delete: (id) => step(false, () => store.blobs.delete(id)),
  }
  return {
    engine: store.engine,
    blobs,
    forOrganization: (id) => watchedHandle(store.forOrganization(id), step, false),
    asSystem: (reason) => watchedHandle(store.asSystem(reason), step, false),
    tx: (work) => step(false, () => store.tx((tx) => work(watchedTransaction(tx, step)))),
    onEmitted: (listener) => store.onEmitted(listener),
    ping: () => store.ping(),
    close: () => store.close(),
  }
}

function watchedTransaction(tx: Transaction, step: Step): Transaction {
  return {
    forOrganization: (id) => watchedHandle(tx.forOrganization(id), step, true),
    asSystem: (reason) => watchedHandle(tx.asSystem(reason), step, true),
    emit: (event) => tx.emit(event),
  }
}

function watchedHandle(handle: Handle, step: Step, inside: boolean): Handle {
  return <T extends Stored>(collection: Collection<T>): Documents<T> =>
    new Proxy(handle(collection), {
      get(target, name) {
        const member = Reflect.get(target, name) as unknown
        if (typeof member !== 'function') return member
        const bound = member.bind(target) as (...given: unknown[]) => Promise<unknown>
        return (...given: unknown[]) => step(inside, () => bound(...given))
      },
    })
}
