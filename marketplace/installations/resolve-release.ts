import { coveredPlatforms } from '@annex/package/covered-platforms'
import { PLATFORM_VERSIONS } from '@annex/sdk/platform-version'
import type { Store } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { LATEST } from '../publishing/channels.ts'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import { extensions } from '../publishing/publishing-collections.ts'
import { readRange, resolveVersion, type VersionWish } from '../publishing/resolve-version.ts'
import { maySeeVersion, viewerIn } from '../publishing/visibility.ts'

/** At most one of them; the latest if there is none. */
export interface ReleaseWish {
  version?: string
  channel?: string
  /** A semver range: the highest version in it. */
  range?: string
}

const REASON = 'versions belong to publishers, which belong to no organization'

/** The published version that a wish means, if the organization may see it and it runs here. */
export async function resolveRelease(
  store: Store,
  organizationId: string,
  extension: string,
  request: ReleaseWish,
): Promise<Outcome<ReleaseFacts>> {
  const wish = wishOf(request)
  if (!wish.ok) return wish
  const system = store.asSystem(REASON)
  const document = await system(extensions).get(extension)
  const offered = document?.status === 'listed' || document?.status === 'deprecated'
  const found = offered ? await resolveVersion(system, extension, wish.value) : undefined
  const seen = document && found && (await maySeeVersion(system, viewerIn(organizationId), document, found))
  const version = seen ? found : undefined
  if (version) return unfitRelease(version) ?? { ok: true, value: version }
  const { version: exact = '', channel = '', range = '' } = request
  return refused('NOT_FOUND', `there is no ${[extension, exact, channel, range].filter(Boolean).join(' ')} to install`)
}

function wishOf({ version, channel, range }: ReleaseWish): Outcome<VersionWish> {
  if ([version, channel, range].filter((each) => each !== undefined).length > 1)
    return refused('INVALID_ARGUMENT', 'name a version, a channel or a range, and only one of them')
  if (range !== undefined && !readRange(range))
    return refused('INVALID_ARGUMENT', `${JSON.stringify(range)} is no range of versions`)
  if (range !== undefined) return { ok: true, value: { range } }
  return { ok: true, value: version === undefined ? { channel: channel ?? LATEST } : { exact: version } }
}

/** Why a version does not run on what is offered here. */
export function unfitRelease({
  extension,
  version,
  card: { platform },
}: ReleaseFacts): ReturnType<typeof refused> | undefined {
  if (coveredPlatforms(platform).length > 0) return undefined
  const offered = PLATFORM_VERSIONS.join(' and ')
  const message = `${extension} ${version} runs on platform ${platform}, this one offers ${offered}`
  return refused('EXTENSION_LOAD_FAILED', message, { details: { step: 'resolving' } })
}
