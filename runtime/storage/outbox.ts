import type { Clock } from '../clock.ts'
import { createOutboxDiscovery } from './outbox-discovery.ts'
import { type PartitionDeps, processPartition } from './outbox-partition.ts'
import { type OutboxEvent, StorageError, type Store, type Transaction } from './port.ts'

export interface OutboxConsumer {
  /** Begins to follow the outbox, beginning where the consumer of this name was last. */
  start(): void
  /** Ends after the event at hand. */
  stop(): Promise<void>
  /**
   * Handles everything that is there now and resolves with how many events that were. An event that fails is tried again
   * at once, until it is handled or given up.
   */
  drain(): Promise<number>
  /** Looks now, rather than at the next poll. */
  wake(): void
}

export interface OutboxConsumerOptions {
  store: Store
  clock: Clock
  /** Unique among consumers; nodes that share the work share the name. Letters, digits and dashes. */
  name: string
  /** Exact types, or prefixes that end in a dot (`chantiers.`); absent: all. */
  types?: readonly string[]
  /**
   * Handles one event. What it writes through `tx` is committed with the position, so it takes effect exactly once; it
   * may run more than once, so it does nothing but storage. When it throws five times, the event becomes a dead letter.
   */
  handle(event: OutboxEvent, tx: Transaction): Promise<void>
  /** Events read at once; 100 if absent. */
  batch?: number
  /** Milliseconds between two looks; 500 if absent. */
  pollMs?: number
  /** Hears of a store that does not answer; the consumer goes on at the next poll. A process warning if absent. */
  onError?(error: unknown): void
}

export function createOutboxConsumer(options: OutboxConsumerOptions): OutboxConsumer {
  const { store, name, pollMs = 500, onError = warn } = options
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name)) throw new StorageError(`not a consumer's name: ${name}`)
  const deps: PartitionDeps = { ...options, batch: options.batch ?? 100, wants: matcherOf(options.types) }
  const discovery = createOutboxDiscovery(options)
  /** Where this node last saw the consumer's position: what lies behind it needs no look. Never ahead of the truth. */
  const seen = new Map<string, number>()
  /** Partitions whose next event failed, and for how many polls they are left alone. */
  const waiting = new Map<string, number>()
  const hinted = new Set<string>()
  let running: Promise<void> | undefined
  let stopping = false
  let wakeUp = () => {}
  let lookedAt = Number.NEGATIVE_INFINITY
  let turn: Promise<unknown> = Promise.resolve()

  /** One walk at a time: `drain` waits for the loop's and the other way round. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work)
    turn = result.catch(() => undefined)
    return result
  }

  async function visit(partition: string, until: number, insist: boolean): Promise<number> {
    const stopped = () => stopping && !insist
    const result = await processPartition(deps, partition, { until, insist, stopped })
    seen.set(partition, result.position)
    if (result.failures > 0) waiting.set(partition, 2 ** result.failures - 1)
    else waiting.delete(partition)
    return result.handled
  }

  async function lookAround(): Promise<void> {
    lookedAt = performance.now()
    for (const [partition, polls] of waiting) waiting.set(partition, polls - 1)
    for await (const head of discovery.look()) {
      if (stopping) return
      if ((waiting.get(head._id) ?? 0) <= 0 && head.last > (seen.get(head._id) ?? 0))
        await visit(head._id, head.last, false)
    }
    // A failed event that is older than discovery's window is not found by it again.
    for (const [partition, polls] of waiting) {
      if (polls <= 0 && !stopping) await visit(partition, Number.MAX_SAFE_INTEGER, false)
    }
  }

  async function followHints(): Promise<void> {
    const partitions = [...hinted]
    hinted.clear()
    for (const partition of partitions) {
      if (!stopping && !waiting.has(partition)) await visit(partition, Number.MAX_SAFE_INTEGER, false)
    }
  }

  async function pass(): Promise<void> {
    await followHints()
    if (performance.now() - lookedAt >= pollMs) await lookAround()
  }

  async function run(): Promise<void> {
    const deaf = store.onEmitted((partitions) => {
      for (const partition of partitions) hinted.add(partition)
      wakeUp()
    })
    try {
      while (!stopping) {
        await inTurn(pass).catch(onError)
        if (!stopping && hinted.size === 0) await nap()
      }
    } finally {
      deaf()
    }
  }

  function nap(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pollMs)
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  return {
    start() {
      if (running) return
      stopping = false
      running = run()
    },
    async stop() {
      stopping = true
      wakeUp()
      await running
      running = undefined
    },
    drain: () =>
      inTurn(async () => {
        let handled = 0
        for await (const head of discovery.all()) {
          if (head.last > (seen.get(head._id) ?? 0)) handled += await visit(head._id, head.last, true)
        }
        return handled
      }),
    wake() {
      lookedAt = Number.NEGATIVE_INFINITY
      wakeUp()
    },
  }
}

function matcherOf(types: readonly string[] | undefined): (type: string) => boolean {
  if (!types) return () => true
  const exact = new Set(types)
  const prefixes = types.filter((type) => type.endsWith('.'))
  return (type) => exact.has(type) || prefixes.some((prefix) => type.startsWith(prefix))
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
