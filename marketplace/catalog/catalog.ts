import type { Clock } from '../../runtime/clock.ts'
import type { Page, Store } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { LATEST } from '../publishing/channels.ts'
import { extensionFigures } from '../publishing/extension-figures.ts'
import {
  type ExtensionDocument,
  extensions,
  type VersionDocument,
  versions,
} from '../publishing/publishing-collections.ts'
import type { Reports } from '../publishing/reports.ts'
import { INSTALLABLE, resolveVersion } from '../publishing/resolve-version.ts'
import { shownSignatures } from '../publishing/signing/shown-signatures.ts'
import { ANYBODY, maySee, type Viewer } from '../publishing/visibility.ts'
import {
  type CatalogCard,
  type CatalogDetail,
  type CatalogVersion,
  catalogDetail,
  catalogVersion,
} from './catalog-entry.ts'
import { createIndexFollower } from './index-follower.ts'
import type { Language } from './permission-sheet.ts'
import { createReleases, type Releases } from './releases.ts'
import type { Rank, SearchFilter } from './search-entry.ts'
import { similarNames } from './similar-names.ts'
import type { Facets } from './traits.ts'
import { withPublisherDomains } from './with-publisher-domains.ts'

const REASON = 'the catalog is the same for everybody'
const MAX_VERSIONS = 200

export interface CatalogPage extends Page<CatalogCard> {
  /** How many hits have each value, over all pages; of a text that meets many, over the best 2,000. */
  facets: Facets
}

export interface Catalog extends Releases {
  /** What is published and not withdrawn, best fit first. Sees every publication that was answered before. */
  search(query: SearchFilter & { limit?: number; cursor?: string }, viewer?: Viewer): Promise<Outcome<CatalogPage>>
  detail(extension: string, viewer?: Viewer, language?: Language): Promise<Outcome<CatalogDetail>>
  /** Highest first. */
  versions(
    extension: string,
    page: { limit?: number; cursor?: string },
    viewer?: Viewer,
  ): Promise<Outcome<Page<CatalogVersion>>>
  /** What other publishers call theirs, when it differs little from this name. */
  similarNames(extension: string): Promise<{ name: string; displayName: string }[]>
  /** Fills the search index from the store. */
  start(): Promise<void>
  stop(): void
}

export function createCatalog({ store, clock, reports }: { store: Store; clock: Clock; reports: Reports }): Catalog {
  const releases = createReleases({ store, clock })
  const follower = createIndexFollower({ store })
  const system = store.asSystem(REASON)

  async function shown(extension: string, viewer: Viewer): Promise<ExtensionDocument | undefined> {
    const document = await system(extensions).get(extension)
    const offered = document?.status === 'listed' || document?.status === 'deprecated'
    return document && offered && (await maySee(system, viewer, document)) ? document : undefined
  }

  async function installable(extension: string): Promise<VersionDocument[]> {
    const where = { extension, state: INSTALLABLE }
    return (await system(versions).find({ where, sort: [['sortKey', 'desc']], limit: MAX_VERSIONS })).data
  }

  return {
    ...releases,
    async search({ limit = 20, cursor, ...filter }, { organizations } = ANYBODY) {
      const after = cursor === undefined ? undefined : readCursor(cursor)
      if (cursor !== undefined && !after) return refused('INVALID_ARGUMENT', 'the cursor is not one of this list')
      const question = { ...filter, organizations }
      const index = await follower.catchUp()
      const hits = index.search(question, { limit: limit + 1, ...(after ? { after } : {}) })
      const page = hits.slice(0, limit)
      const last = hits.length > limit ? page.at(-1) : undefined
      const data = page.map((hit) => JSON.parse(hit.card) as CatalogCard)
      const facets = index.facets(question)
      return { ok: true, value: { data, facets, ...(last ? { nextCursor: writeCursor(last.rank) } : {}) } }
    },
    async detail(extension, viewer = ANYBODY, language = 'en') {
      const document = await shown(extension, viewer)
      const all = document ? await installable(extension) : []
      // Among so many that the latest is not on the first page of them, it is asked for by its number.
      const latest = (await resolveVersion(system, extension, { channel: LATEST })) ?? all[0]
      if (!document || !latest || all.length === 0) return unknownExtension(extension)
      const signatures = await shownSignatures(system, [latest.digest])
      const report = await reports.passed(latest.reportId)
      const figures = await system(extensionFigures).get(extension)
      const signature = signatures.get(latest.digest)
      const facts = catalogDetail(document, latest, all, report, { signature, figures, language })
      const [value = facts] = await withPublisherDomains(system, [facts])
      return { ok: true, value }
    },
    async versions(extension, page, viewer = ANYBODY) {
      if (!(await shown(extension, viewer))) return unknownExtension(extension)
      const where = { extension, state: INSTALLABLE }
      const found = await system(versions).find({ where, sort: [['sortKey', 'desc']], ...page })
      const digests = found.data.map(({ digest }) => digest)
      const signatures = await shownSignatures(system, digests)
      const data = found.data.map((version) => catalogVersion(version, signatures.get(version.digest)))
      return { ok: true, value: { ...found, data } }
    },
    async similarNames(extension) {
      const index = await follower.catchUp()
      const { length } = extension.slice(extension.indexOf('/') + 1)
      return similarNames(extension, index.names({ min: Math.floor(length * 0.8), max: Math.ceil(length * 1.25) }))
    },
    start: () => follower.rebuild(),
    stop: () => {
      releases.stop()
      follower.close()
    },
  }
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
    if (!Array.isArray(rank) || rank.length !== 2) return undefined
    const [tier, place] = rank as unknown[]
    return Number.isSafeInteger(tier) && Number.isSafeInteger(place) ? [Number(tier), Number(place)] : undefined
  } catch {
    return undefined
  }
}
