import { setImmediate as others } from 'node:timers/promises'
import type { Handle, Store } from '../../runtime/storage/port.ts'
import { type ExtensionDocument, extensions } from '../publishing/publishing-collections.ts'
import { createGiveWay } from './give-way.ts'
import { indexEntries } from './index-entries.ts'
import type { SearchEntry } from './search-entry.ts'
import { createSearchIndex, type SearchIndex } from './search-index.ts'
import { createVersionFeed } from './version-feed.ts'

const REASON = 'the catalog is the same for everybody'
const PAGE = 250
/** Figures that one who asks waits for. */
const FEW_FIGURES = 100

/** Keeps a search index as the store is. */
export interface IndexFollower {
  /**
   * What `work` finds in an index that shows all that was committed before the call: the first one fills it, which takes a
   * while. `work` awaits nothing, so that nobody reads while something changes. Of figures that came for very many at
   * once, the rest follows soon after.
   */
  read<T>(work: (index: SearchIndex) => T): Promise<T>
  close(): void
}

interface Reader {
  answer(index: SearchIndex): void
  fail(error: unknown): void
}

export function createIndexFollower({ store }: { store: Store }): IndexFollower {
  const feed = createVersionFeed(store)
  const system = store.asSystem(REASON)
  let index: SearchIndex | undefined
  let waiting: Reader[] = []
  /** Extensions whose figures are others than the index knows. */
  let figures = new Set<string>()
  let busy = false
  let closed = false

  function drop(): void {
    index?.close()
    index = undefined
  }

  /** Everything anew. What is committed meanwhile is read by the next reading of the feed. */
  async function rebuild(): Promise<SearchIndex> {
    drop()
    figures = new Set()
    if (closed) throw new Error('the catalog has been closed')
    await feed.skipToEnd()
    const fresh = createSearchIndex()
    try {
      await fresh.fill(everything(system))
      if (closed) throw new Error('the catalog has been closed')
    } catch (error) {
      fresh.close()
      throw error
    }
    index = fresh
    return fresh
  }

  async function follow(current: SearchIndex): Promise<SearchIndex> {
    const reading = await feed.read()
    if ('lost' in reading) return rebuild()
    for (const publisher of reading.publishers)
      for await (const page of pagesOf(system, { publisher })) for (const { _id } of page) reading.extensions.add(_id)
    // Beside what changed itself: what needs it, for it may be gone, or be there again.
    const names = [...reading.extensions].flatMap((name) => [name, ...current.dependants(name)])
    for (const name of reading.figures) figures.add(name)
    await refresh(current, [...new Set(names)])
    await refreshFigures(current)
    reading.done()
    return current
  }

  async function refresh(current: SearchIndex, names: readonly string[]): Promise<void> {
    const giveWay = createGiveWay()
    for (let at = 0; at < names.length; at += PAGE) {
      const some = names.slice(at, at + PAGE)
      const entries = await indexEntries(system, await system(extensions).getMany(some), giveWay)
      try {
        await current.replace(some, entries)
      } catch (error) {
        // Half of it may be there.
        drop()
        throw error
      }
      for (const name of some) figures.delete(name)
    }
  }

  function refreshFigures(current: SearchIndex): Promise<void> {
    return refresh(current, [...figures.values().take(FEW_FIGURES)])
  }

  async function serve(): Promise<void> {
    busy = true
    while (waiting.length > 0) {
      const readers = waiting
      waiting = []
      try {
        const current = index ? await follow(index) : await rebuild()
        for (const [place, { answer }] of readers.entries()) {
          if (place > 0) await others()
          answer(current)
        }
        for (; figures.size > 0 && waiting.length === 0; await others()) await refreshFigures(current)
      } catch (error) {
        // Where nobody waits any more, the next one who asks meets the same, and hears of it.
        for (const { fail } of readers) fail(error)
      }
    }
    busy = false
  }

  return {
    read: (work) =>
      new Promise((resolve, reject) => {
        // A reading of the feed that began before may miss what the caller saw committed: he waits for the one after.
        waiting.push({ answer: (current) => void Promise.try(work, current).then(resolve, reject), fail: reject })
        if (!busy) void serve()
      }),
    close() {
      closed = true
      drop()
    },
  }
}

/** The next page is read while this one is written. */
async function* everything(system: Handle): AsyncGenerator<SearchEntry[]> {
  const giveWay = createGiveWay()
  let before: Promise<SearchEntry[]> | undefined
  for await (const page of pagesOf(system)) {
    const entries = indexEntries(system, page, giveWay)
    // Whoever waits for it hears of a failure; until then nobody may call it unheard.
    entries.catch(() => undefined)
    if (before) yield await before
    before = entries
  }
  if (before) yield await before
}

async function* pagesOf(system: Handle, where: { publisher?: string } = {}): AsyncGenerator<ExtensionDocument[]> {
  let cursor: string | undefined
  do {
    const page = await system(extensions).find({
      where,
      sort: [['_id', 'asc']],
      limit: PAGE,
      ...(cursor && { cursor }),
    })
    yield page.data
    cursor = page.nextCursor
  } while (cursor !== undefined)
}
