import type { Clock } from '../clock.ts'
import { createOutboxWalk } from './outbox-walk.ts'
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
   * Asked before each batch of a partition: what of it is to be handled, or nothing of it at all. The rest is passed over
   * in one step; where there is nothing else, not at each commit but at the next poll.
   */
  choose?(partition: string): Promise<((event: OutboxEvent) => boolean) | undefined>
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
  const { types: named, ...rest } = options
  const wants = matcherOf(named)
  const deps = {
    ...rest,
    batch: options.batch ?? 100,
    wants,
    ...(named && named.length > 0 && { types: spanOf(named) }),
  }
  const walk = createOutboxWalk(deps, () => stopping)
  const inTurn = createTurns()
  const nap = createNap(pollMs)
  const hinted = new Set<string>()
  let running: Promise<void> | undefined
  let stopping = false
  let lookedAt = Number.NEGATIVE_INFINITY

  async function pass(): Promise<void> {
    const partitions = [...hinted]
    hinted.clear()
    await walk.some(partitions)
    if (performance.now() - lookedAt < pollMs) return
    lookedAt = performance.now()
    await walk.around()
  }

  async function run(): Promise<void> {
    const deaf = store.onEmitted((partitions, types) => {
      if (!types.some(wants)) return
      for (const partition of partitions) hinted.add(partition)
      nap.end()
    })
    while (!stopping) {
      await inTurn(pass).catch(onError)
      if (!stopping && hinted.size === 0) await nap.begin()
    }
    deaf()
  }

  return {
    start() {
      if (running) return
      stopping = false
      running = run()
    },
    async stop() {
      stopping = true
      nap.end()
      await running
      running = undefined
    },
    drain: () => inTurn(walk.all),
    wake() {
      lookedAt = Number.NEGATIVE_INFINITY
      nap.end()
    },
  }
}

/** One walk at a time: `drain` waits for the loop's and the other way round. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    // Its failure is its caller's; the next one only waits for the end.
    last = result.catch(() => undefined)
    return result
  }
}

function createNap(milliseconds: number) {
  let end = () => {}
  return {
    begin: () =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds)
        end = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
    end: () => end(),
  }
}

function matcherOf(types: readonly string[] | undefined): (type: string) => boolean {
  if (!types) return () => true
  const exact = new Set(types)
  const prefixes = types.filter((type) => type.endsWith('.'))
  return (type) => exact.has(type) || prefixes.some((prefix) => type.startsWith(prefix))
}

/** From the first to the last of what the names can stand for: `~` comes after every character of a type. */
function spanOf(types: readonly string[]): { from: string; to: string } {
  const ends = types.map((type) => (type.endsWith('.') ? `${type}~` : type))
  return { from: [...types].sort()[0] ?? '', to: ends.sort().at(-1) ?? '' }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
