import type { Store } from '../../runtime/storage/port.ts'
import { extensions, versions } from '../publishing/publishing-collections.ts'
import type { Reports } from '../publishing/reports.ts'
import { searchEntry } from './catalog-entry.ts'
import type { SearchIndex } from './search-index.ts'
import { createVersionFeed } from './version-feed.ts'

const REASON = 'the catalog is the same for everybody'

/** Keeps a search index as the store is. */
export interface IndexFollower {
  /** Everything anew; what is committed meanwhile is read by the next `catchUp`. */
  rebuild(): Promise<void>
  /** When it resolves, the index shows all that was committed before the call. */
  catchUp(): Promise<void>
}

export function createIndexFollower(deps: { store: Store; reports: Reports; index: SearchIndex }): IndexFollower {
  const { store, reports, index } = deps
  const feed = createVersionFeed(store)
  const system = store.asSystem(REASON)
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined

  async function refresh(extension: string): Promise<void> {
    const document = await system(extensions).get(extension)
    const latest = document?.status === 'listed' ? document.tags.latest : undefined
    const version = latest === undefined ? undefined : await system(versions).get(`${extension}@${latest}`)
    if (document && version) index.put(searchEntry(document, version, await reports.passed(version.reportId)))
    else index.remove(extension)
  }

  async function rebuild(): Promise<void> {
    await feed.skipToEnd()
    let cursor: string | undefined
    do {
      const page = await system(extensions).find({ sort: [['_id', 'asc']], ...(cursor ? { cursor } : {}) })
      for (const { _id } of page.data) await refresh(_id)
      cursor = page.nextCursor
    } while (cursor !== undefined)
  }

  async function follow(): Promise<void> {
    const reading = await feed.read()
    if ('lost' in reading) return rebuild()
    for (const extension of reading.extensions) await refresh(extension)
    reading.done()
  }

  /** A reading that began before the caller asked may miss what the caller saw committed: it waits for the one after. */
  function catchUp(): Promise<void> {
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
        return catchUp()
      })
    return next
  }

  return { rebuild, catchUp }
}
