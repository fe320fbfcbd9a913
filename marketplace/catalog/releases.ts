import type { Capabilities } from '@annex/sdk/manifest/capabilities'
import type { Clock } from '../../runtime/clock.ts'
import type { Handle, Store } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import {
  type ExtensionDocument,
  extensions,
  type VersionDocument,
  versions,
} from '../publishing/publishing-collections.ts'
import { shownSignatures } from '../publishing/signing/shown-signatures.ts'
import { ANYBODY, maySeeVersion, type Viewer } from '../publishing/visibility.ts'
import { type CatalogCard, type CatalogVersion, catalogCard, catalogVersion, extensionFacts } from './catalog-entry.ts'
import { createPackageBytes } from './package-bytes.ts'
import type { PermissionSheet } from './permission-sheet.ts'
import { permissionSheet } from './permission-words.ts'
import { createRecent } from './recent.ts'

const REASON = 'the catalog is the same for everybody'

/** One published version, as it is now: it may yet be deprecated, yanked, or named by a channel. */
export interface CatalogRelease extends CatalogCard, CatalogVersion {
  /** No new installation gets it unless it asks for this very version. */
  yanked: boolean
  /** Channels that name it. */
  channels: string[]
  keywords: string[]
  license?: string
  homepage?: string
  repository?: string
  dependencies: Capabilities['dependencies']
  permissions: PermissionSheet
  links: { self: string; package: string; install: string }
}

export interface Download {
  digest: string
  bytes: Uint8Array
  /** Everybody may have it. */
  open: boolean
}

/** What was published, by its number; what another node changed is seen within a second. */
export interface Releases {
  /** The same object as long as it is the same answer. */
  release(extension: string, version: string, viewer?: Viewer): Promise<Outcome<CatalogRelease>>
  /** The package itself; `VERSION_REMOVED` for what a moderator took away. */
  download(extension: string, version: string, viewer?: Viewer): Promise<Outcome<Download>>
  stop(): void
}

export function createReleases({ store, clock }: { store: Store; clock: Clock }): Releases {
  const system = store.asSystem(REASON)
  const bytes = createPackageBytes(store)
  const recent = createRecent<Known | undefined>({ store, clock })

  async function release(
    extension: string,
    number: string,
    viewer: Viewer = ANYBODY,
  ): Promise<Outcome<CatalogRelease>> {
    const id = `${extension}@${number}`
    const known = await recent.get(id, () => read(system, extension, id))
    if (!known || !(await maySeeVersion(system, viewer, known.owner, known.version)))
      return refused('NOT_FOUND', `there is no ${extension} ${number} in the catalog`)
    if (known.shown) return { ok: true, value: known.shown }
    return refused('VERSION_REMOVED', `${extension} ${number} was removed`)
  }

  return {
    release,
    async download(extension, number, viewer) {
      const found = await release(extension, number, viewer)
      if (!found.ok) return found
      const { digest, visibility } = found.value
      const open = visibility !== 'organization'
      return { ok: true, value: { digest, open, bytes: await bytes.get(digest) } }
    },
    stop: recent.stop,
  }
}

interface Known {
  owner: ExtensionDocument
  version: VersionDocument
  /** Absent: it was removed. */
  shown?: CatalogRelease
}

async function read(system: Handle, extension: string, id: string): Promise<Known | undefined> {
  const [owner, version] = await Promise.all([system(extensions).get(extension), system(versions).get(id)])
  if (!owner || !version || owner.status === 'suspended' || !PUBLISHED.has(version.state)) return undefined
  if (owner.status === 'removed' || version.state === 'removed') return { owner, version }
  const { digest } = version
  const signature = (await shownSignatures(system, [digest])).get(digest)
  return { owner, version, shown: catalogRelease(owner, version, catalogVersion(version, signature)) }
}

/** Once published, a number is known for good. */
const PUBLISHED: ReadonlySet<VersionDocument['state']> = new Set(['published', 'deprecated', 'yanked', 'removed'])

function catalogRelease(owner: ExtensionDocument, version: VersionDocument, shown: CatalogVersion): CatalogRelease {
  const { tags } = owner
  const { keywords, license, homepage, repository } = version.card
  const path = version.extension.slice(1)
  const self = `/api/marketplace/catalog/${path}/versions/${version.version}`
  return {
    ...catalogCard(version),
    ...extensionFacts(owner),
    ...shown,
    yanked: version.state === 'yanked',
    channels: Object.keys(tags).filter((channel) => tags[channel] === version.version),
    keywords,
    ...(license === undefined ? {} : { license }),
    ...(homepage === undefined ? {} : { homepage }),
    ...(repository === undefined ? {} : { repository }),
    dependencies: version.capabilities.dependencies,
    permissions: permissionSheet(version.capabilities),
    links: { self, package: `${self}/package`, install: `/api/marketplace/install/${path}` },
  }
}
