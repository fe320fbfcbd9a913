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
  cardIn,
  catalogDetail,
  catalogVersion,
} from './catalog-entry.ts'
import { createGiveWay } from './give-way.ts'
import { createIndexFollower } from './index-follower.ts'
import type { Language } from './permission-sheet.ts'
import { createReleases, type Releases } from './releases.ts'
import type { Rank, SearchFilter } from './search-entry.ts'
import { createSimilarNames } from './similar-names.ts'
import type { Facets } from './traits.ts'
import { withPublisherDomains } from './with-publisher-domains.ts'

const REASON = 'the catalog is the same for everybody'
const MAX_VERSIONS = 200
/** Of so many versions each, among which those are sought that can be installed. */
const MAX_PAGES = 5

export interface CatalogPage extends Page<CatalogCard> {
  /** How many hits have each value, over all pages; of a text that meets many, over the best 2,000. */
  facets: Facets
}

export interface Catalog extends Releases {
  /** What is published and not withdrawn, best fit first. Sees every publication that was answered before. */
  search(
    query: SearchFilter & { limit?: number; cursor?: string },
    viewer?: Viewer,
    language?: Language,
  ): Promise<Outcome<CatalogPage>>
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

  /** Highest first. Others are few and left out here: by their state a server may look through the versions of all. */
  async function installable(extension: string): Promise<VersionDocument[]> {
    const found: VersionDocument[] = []
    let cursor: string | undefined
    for (let page = 0; page < MAX_PAGES && found.length < MAX_VERSIONS && (page === 0 || cursor); page++) {
      const query = { where: { extension }, sort: [['sortKey', 'desc']], limit: MAX_VERSIONS } as const
      const { data, nextCursor } = await system(versions).find({ ...query, ...(cursor && { cursor }) })
      found.push(...data.filter(({ state }) => INSTALLABLE.$in.some((one) => one === state)))
      cursor = nextCursor
    }
    return found.slice(0, MAX_VERSIONS)
  }

  return {
    ...releases,
    async search({ limit = 20, cursor, ...filter }, { organizations } = ANYBODY, language = 'en') {
      const after = cursor === undefined ? undefined : readCursor(cursor)
      if (cursor !== undefined && !after) return refused('INVALID_ARGUMENT', 'the cursor is not one of this list')
      const question = { ...filter, organizations }
      const { hits, facets } = await follower.read((index) =>
        index.search(question, { limit: limit + 1, ...(after ? { after } : {}) }),
      )
      const page = hits.slice(0, limit)
      const last = hits.length > limit ? page.at(-1) : undefined
      const data = page.map((hit) => cardIn(hit.card, language))
      return { ok: true, value: { data, facets, ...(last ? { nextCursor: writeCursor(last.rank) } : {}) } }
    },
    async detail(extension, viewer = ANYBODY, language = 'en') {
      const document = await shown(extension, viewer)
      if (!document) return unknownExtension(extension)
      // Among so many that the latest is not on the first page of them, it is asked for by its number.
      const [all, named] = await Promise.all([
        installable(extension),
        resolveVersion(system, extension, { channel: LATEST }),
      ])
      const latest = named ?? all[0]
      if (!latest || all.length === 0) return unknownExtension(extension)
      const [signatures, report, figures] = await Promise.all([
        shownSignatures(system, [latest.digest]),
        reports.passed(latest.reportId),
        system(extensionFigures).get(extension),
      ])
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
      const similar = createSimilarNames<{ name: string; displayName: string }>(extension)
      const giveWay = createGiveWay()
      for (let after = ''; ; await giveWay()) {
        const some = await follower.read((index) => index.names(similar.length, after))
        similar.look(some)
        const last = some.at(-1)
        if (!last) return similar.found()
        after = last.name
      }
    },
    start: () => follower.read(() => undefined),
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
