import type { Page, Store } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import {
  type ExtensionDocument,
  extensions,
  type VersionDocument,
  versions,
} from '../publishing/publishing-collections.ts'
import type { Reports } from '../publishing/reports.ts'
import {
  type CatalogCard,
  type CatalogDetail,
  type CatalogVersion,
  catalogDetail,
  catalogVersion,
} from './catalog-entry.ts'
import { createIndexFollower } from './index-follower.ts'
import { createSearchIndex, type Facets, type Rank, type SearchFilter } from './search-index.ts'

const REASON = 'the catalog is the same for everybody'
const INSTALLABLE = { $in: ['published', 'deprecated'] } as const
const MAX_VERSIONS = 200

export interface CatalogPage extends Page<CatalogCard> {
  /** How many hits have each value, over all pages. */
  facets: Facets
}

export interface Catalog {
  /** What is published and not withdrawn, best fit first. Sees every publication that was answered before. */
  search(query: SearchFilter & { limit?: number; cursor?: string }): Promise<Outcome<CatalogPage>>
  detail(extension: string): Promise<Outcome<CatalogDetail>>
  /** Highest first. */
  versions(extension: string, page: { limit?: number; cursor?: string }): Promise<Outcome<Page<CatalogVersion>>>
  /** Fills the search index from the store. */
  start(): Promise<void>
  stop(): void
}

export function createCatalog({ store, reports }: { store: Store; reports: Reports }): Catalog {
  const index = createSearchIndex()
  const follower = createIndexFollower({ store, reports, index })
  const system = store.asSystem(REASON)

  async function installable(extension: string): Promise<VersionDocument[]> {
    const where = { extension, state: INSTALLABLE }
    return (await system(versions).find({ where, sort: [['sortKey', 'desc']], limit: MAX_VERSIONS })).data
  }

  return {
    async search({ limit = 20, cursor, ...filter }) {
      const after = cursor === undefined ? undefined : readCursor(cursor)
      if (cursor !== undefined && !after) return refused('INVALID_ARGUMENT', 'the cursor is not one of this list')
      await follower.catchUp()
      const hits = index.search(filter, { limit: limit + 1, ...(after ? { after } : {}) })
      const shown = hits.slice(0, limit)
      const last = hits.length > limit ? shown.at(-1) : undefined
      const data = shown.map((hit) => JSON.parse(hit.card) as CatalogCard)
      const facets = index.facets(filter)
      return { ok: true, value: { data, facets, ...(last ? { nextCursor: writeCursor(last.rank) } : {}) } }
    },
    async detail(extension) {
      const document = await system(extensions).get(extension)
      const all = document && isShown(document) ? await installable(extension) : []
      const latest = all.find((version) => version.version === document?.tags.latest) ?? all[0]
      if (!latest) return unknownExtension(extension)
      return { ok: true, value: catalogDetail(latest, all, await reports.passed(latest.reportId)) }
    },
    async versions(extension, page) {
      const document = await system(extensions).get(extension)
      if (!document || !isShown(document)) return unknownExtension(extension)
      const where = { extension, state: INSTALLABLE }
      const found = await system(versions).find({ where, sort: [['sortKey', 'desc']], ...page })
      return { ok: true, value: { ...found, data: found.data.map(catalogVersion) } }
    },
    start: () => follower.rebuild(),
    stop: () => index.close(),
  }
}

function isShown({ status }: ExtensionDocument): boolean {
  return status === 'listed' || status === 'deprecated'
}

function unknownExtension(extension: string) {
  return refused('NOT_FOUND', `there is no extension ${extension} in the catalog`)
}

function writeCursor(rank: Rank): string {
  return Buffer.from(JSON.stringify(rank)).toString('base64url')
}

function readCursor(cursor: string): Rank | undefined {
  try {
    const rank: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (!Array.isArray(rank) || rank.length !== 3) return undefined
    const [tier, name, extension] = rank as unknown[]
    if (typeof tier !== 'number' || typeof name !== 'string' || typeof extension !== 'string') return undefined
    return [tier, name, extension]
  } catch {
    return undefined
  }
}
