import { coveredPlatforms } from '@annex/package/covered-platforms'
import type { Collection, Handle, Stored } from '../../runtime/storage/port.ts'
import { extensionFigures } from '../publishing/extension-figures.ts'
import {
  type ExtensionDocument,
  extensions,
  publishers,
  type VersionDocument,
  versions,
} from '../publishing/publishing-collections.ts'
import { INSTALLABLE } from '../publishing/resolve-version.ts'
import { versionTexts } from '../publishing/version-texts.ts'
import { type SearchFacts, searchEntry } from './catalog-entry.ts'
import type { GiveWay } from './give-way.ts'
import type { SearchEntry } from './search-entry.ts'

const MOST = 1000
/** Versions among which one is sought that runs on this platform, when the latest does not. */
const MOST_TRIED = 50

/** What search knows of these extensions; of those that no list shows, nothing. A few reads, however many there are. */
export async function indexEntries(
  system: Handle,
  documents: readonly ExtensionDocument[],
  giveWay: GiveWay,
): Promise<SearchEntry[]> {
  const found = await factsOf(system, documents.filter(isListed), giveWay)
  const entries: SearchEntry[] = []
  for (const document of documents) {
    const facts = found.of(document)
    if (facts) entries.push(searchEntry(facts))
    await giveWay()
  }
  return entries
}

async function factsOf(system: Handle, listed: readonly ExtensionDocument[], giveWay: GiveWay) {
  const latest = await byId(system, versions, listed.map(latestId))
  await giveWay()
  const shown = new Map<string, VersionDocument>()
  for (const document of listed) {
    const version = await shownVersion(system, latest.get(latestId(document)))
    if (version) shown.set(document._id, version)
  }
  const chosen = [...shown.values()]
  const needed = chosen.flatMap(({ capabilities }) => capabilities.dependencies.map(({ name }) => name))
  const [texts, figures, owners, needs] = await Promise.all([
    byId(
      system,
      versionTexts,
      chosen.map(({ _id }) => _id),
    ),
    byId(system, extensionFigures, [...shown.keys()]),
    byId(
      system,
      publishers,
      chosen.map(({ publisher }) => publisher),
    ),
    byId(system, extensions, needed),
  ])
  await giveWay()
  return {
    of(document: ExtensionDocument): SearchFacts | undefined {
      const version = shown.get(document._id)
      const owner = version && owners.get(version.publisher)
      if (!version || owner?.state !== 'active') return undefined
      const readme = texts.get(version._id)?.readme
      return { document, version, owner, figures: figures.get(document._id), readme, misfit: misfitOf(version, needs) }
    },
  }
}

/** Only what is found by looking for it: what is unlisted is found by its name. */
function isListed({ status, tags, visibility }: ExtensionDocument): boolean {
  return (
    (status === 'listed' || status === 'deprecated') && tags.latest !== undefined && visibility?.kind !== 'unlisted'
  )
}

function latestId({ _id, tags }: ExtensionDocument): string {
  return `${_id}@${tags.latest}`
}

/** The latest, or the highest one that runs here when that one does not. */
async function shownVersion(system: Handle, latest: VersionDocument | undefined): Promise<VersionDocument | undefined> {
  if (!latest || runsHere(latest)) return latest
  const where = { extension: latest.extension, state: INSTALLABLE }
  const { data } = await system(versions).find({ where, sort: [['sortKey', 'desc']], limit: MOST_TRIED })
  return data.find(runsHere) ?? latest
}

function runsHere({ card }: VersionDocument): boolean {
  return coveredPlatforms(card.platform).length > 0
}

/** Why it cannot be installed here, in words. */
export function misfitOf(version: VersionDocument, needs: ReadonlyMap<string, ExtensionDocument>): string | undefined {
  if (!runsHere(version)) return `No version of it runs on this platform: this one asks for ${version.card.platform}`
  const gone = version.capabilities.dependencies.find(({ name }) => {
    const status = needs.get(name)?.status
    return status !== 'listed' && status !== 'deprecated'
  })
  return gone && `It needs ${gone.name}, which is not in the catalog any more`
}

async function byId<T extends Stored>(
  system: Handle,
  collection: Collection<T>,
  ids: readonly string[],
): Promise<Map<string, T>> {
  const found = new Map<string, T>()
  const wanted = [...new Set(ids)]
  for (let at = 0; at < wanted.length; at += MOST)
    for (const each of await system(collection).getMany(wanted.slice(at, at + MOST))) found.set(each._id, each)
  return found
}
