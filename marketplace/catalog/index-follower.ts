import type { Handle, Store } from '../../runtime/storage/port.ts'
import { type ExtensionDocument, extensions } from '../publishing/publishing-collections.ts'
import { indexEntries } from './index-entries.ts'
import type { SearchEntry } from './search-entry.ts'
import { createSearchIndex, type SearchIndex } from './search-index.ts'
import { createVersionFeed } from './version-feed.ts'

const REASON = 'the catalog is the same for everybody'
const PAGE = 1000

/** Keeps a search index as the store is. */
export interface IndexFollower {
  /** Everything anew, beside the index that is read; what is committed meanwhile is read by the next `catchUp`. */
  rebuild(): Promise<void>
  /** The index that shows all that was committed before the call. */
  catchUp(): Promise<SearchIndex>
  close(): void
}

export function createIndexFollower({ store }: { store: Store }): IndexFollower {
  const feed = createVersionFeed(store)
  const system = store.asSystem(REASON)
  let index = createSearchIndex()
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined

  async function rebuild(): Promise<void> {
    await feed.skipToEnd()
    const fresh = createSearchIndex()
    try {
      await fresh.fill(everything(system))
    } catch (error) {
      fresh.close()
      throw error
    }
    index.close()
    index = fresh
  }

  /** Beside what changed itself: what needs it, for it may be gone, or be there again. */
  async function refresh(changed: ReadonlySet<string>): Promise<void> {
    const names = [...new Set([...changed].flatMap((name) => [name, ...index.dependants(name)]))]
    for (let at = 0; at < names.length; at += PAGE) {
      const some = names.slice(at, at + PAGE)
      const entries = await indexEntries(system, await system(extensions).getMany(some))
      const shown = new Set(entries.map(({ extension }) => extension))
      for (const name of some) if (!shown.has(name)) index.remove(name)
      index.put(entries)
    }
  }

  async function follow(): Promise<void> {
    const reading = await feed.read()
    if ('lost' in reading) return rebuild()
    const changed = new Set(reading.extensions)
    for (const publisher of reading.publishers)
      for await (const page of pagesOf(system, { publisher })) for (const { _id } of page) changed.add(_id)
    if (changed.size > 0) await refresh(changed)
    reading.done()
  }

  /** A reading that began before the caller asked may miss what the caller saw committed: it waits for the one after. */
  function caughtUp(): Promise<void> {
    if (!running) {
      running = follow().finally(() => {
        running = undefined
      })
      return running
    }
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return caughtUp()
      })
    return next
  }

  return {
    rebuild,
    async catchUp() {
      await caughtUp()
      return index
    },
    close: () => index.close(),
  }
}

async function* everything(system: Handle): AsyncGenerator<SearchEntry[]> {
  for await (const page of pagesOf(system)) yield indexEntries(system, page)
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
