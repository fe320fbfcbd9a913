import type { Store } from '../../runtime/storage/port.ts'
import { channelVersion, LATEST } from '../publishing/channels.ts'
import { extensions, type VersionDocument, versions } from '../publishing/publishing-collections.ts'
import { INSTALLABLE } from '../publishing/resolve-version.ts'
import { versionKey } from '../publishing/version-key.ts'
import { maySeeVersion, viewerIn } from '../publishing/visibility.ts'
import { asksNoMore } from './consent-difference.ts'
import type { InstallationDocument } from './installation-collections.ts'
import { storedPolicy } from './upgrade-policy.ts'

/** What the marketplace says today of what is installed. */
export interface InstallationNews {
  /** Why one should not stay on this version. */
  warning?: { state: 'deprecated' | 'yanked' | 'removed' | 'killed'; message?: string; replacement?: string }
  /** The version that its channel names, if that is a later one. */
  newer?: { version: string; publishedAt: string; asksForMore: boolean }
}

const REASON = 'versions belong to publishers, which belong to no organization'

/** Of installations of one organization, by id; drafts are of no catalog. In a fixed number of reads, however many there are. */
export async function newsOf(
  store: Store,
  organizationId: string,
  installed: readonly InstallationDocument[],
): Promise<ReadonlyMap<string, InstallationNews>> {
  const published = installed.filter(({ draft }) => !draft)
  if (published.length === 0) return new Map()
  const system = store.asSystem(REASON)
  const named = new Set(published.map(({ extension }) => extension))
  const owners = byId(await system(extensions).getMany([...named]))
  const ofOrganization = await storedPolicy(store.forOrganization(organizationId))
  const offered = ({ extension, policy }: InstallationDocument) => {
    const tag = channelVersion(owners.get(extension), (policy ?? ofOrganization)?.channel ?? LATEST)
    return tag === undefined ? undefined : `${extension}@${tag}`
  }
  const wanted = published.flatMap((each) => [currentId(each), offered(each) ?? []].flat())
  const known = byId(await system(versions).getMany([...new Set(wanted)]))
  const news = new Map<string, InstallationNews>()
  for (const each of published) {
    const current = known.get(currentId(each))
    if (current?.digest !== each.digest) continue
    const [owner, later] = [owners.get(each.extension), known.get(offered(each) ?? '')]
    const seen = owner && later && (await maySeeVersion(system, viewerIn(organizationId), owner, later))
    news.set(each._id, { ...warningOf(current), ...(seen && newerOf(current, later)) })
  }
  return news
}

function currentId({ extension, version }: InstallationDocument): string {
  return `${extension}@${version}`
}

function warningOf({ state, deprecated, yanked }: VersionDocument): Pick<InstallationNews, 'warning'> {
  if (state === 'deprecated' && deprecated) {
    const { message, replacement } = deprecated
    return { warning: { state, message, ...(replacement === undefined ? {} : { replacement }) } }
  }
  if (state === 'yanked') return { warning: { state, ...(yanked && { message: yanked.reason }) } }
  return state === 'removed' ? { warning: { state } } : {}
}

function newerOf(current: VersionDocument, later: VersionDocument): Pick<InstallationNews, 'newer'> {
  const { version, state, publishedAt, createdAt } = later
  const isLater = (versionKey(version) ?? '') > (versionKey(current.version) ?? '')
  if (!isLater || !INSTALLABLE.$in.some((each) => each === state)) return {}
  return { newer: { version, publishedAt: publishedAt ?? createdAt, asksForMore: !asksNoMore(current, later) } }
}

function byId<T extends { _id: string }>(documents: readonly T[]): ReadonlyMap<string, T> {
  return new Map(documents.map((each) => [each._id, each]))
}
