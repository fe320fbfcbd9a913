import { coveredPlatforms } from '@annex/package/covered-platforms'
import { PLATFORM_VERSIONS } from '@annex/sdk/platform-version'
import type { Clock } from '../../runtime/clock.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { LATEST } from '../publishing/channels.ts'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import { type ExtensionDocument, extensions, type VersionDocument } from '../publishing/publishing-collections.ts'
import { highestVersion, readRange, resolveVersion, type VersionWish } from '../publishing/resolve-version.ts'
import { isOffered, maySeeVersion, viewerIn } from '../publishing/visibility.ts'
import { isOldEnough, storedPolicy } from './upgrade-policy.ts'

/** At most one of them; the latest if there is none. */
export interface ReleaseWish {
  version?: string
  channel?: string
  /** A semver range: the highest version in it. */
  range?: string
}

const REASON = 'versions belong to publishers, which belong to no organization'

/**
 * The published version that a wish means, if the organization may see it and it runs here. Where its policy wants
 * versions of an age, a channel or a range means for a first installation the highest that has it; who names a version
 * gets that one, and who has one upgrades by hand to what there is.
 */
export async function resolveRelease(
  { store, clock }: { store: Store; clock: Clock },
  organizationId: string,
  extension: string,
  request: ReleaseWish,
  { isFirst }: { isFirst: boolean },
): Promise<Outcome<ReleaseFacts>> {
  const wish = wishOf(request)
  if (!wish.ok) return wish
  const system = store.asSystem(REASON)
  const document = await system(extensions).get(extension)
  const offered = document?.status === 'listed' || document?.status === 'deprecated'
  const found = offered ? await resolveVersion(system, extension, wish.value) : undefined
  const seen = document && found && (await maySeeVersion(system, viewerIn(organizationId), document, found))
  const version = seen ? found : undefined
  if (document && version) {
    if (!isFirst) return unfitRelease(version) ?? { ok: true, value: version }
    const aged = await agedRelease({ store, clock }, organizationId, { document, version, wish: wish.value })
    return aged.ok ? (unfitRelease(aged.value) ?? aged) : aged
  }
  const { version: exact = '', channel = '', range = '' } = request
  return refused('NOT_FOUND', `there is no ${[extension, exact, channel, range].filter(Boolean).join(' ')} to install`)
}

interface Candidate {
  document: ExtensionDocument
  version: VersionDocument
  wish: VersionWish
}

/** What an attacker published an hour ago is not what `latest` means to those who wait for others to find out. */
async function agedRelease(
  { store, clock }: { store: Store; clock: Clock },
  organizationId: string,
  { document, version, wish }: Candidate,
): Promise<Outcome<ReleaseFacts>> {
  if ('exact' in wish) return { ok: true, value: version }
  const policy = await storedPolicy(store.forOrganization(organizationId))
  const isAged = (each: VersionDocument) => policy === undefined || isOldEnough(policy, each, clock.now())
  if (!policy?.minAgeHours || isAged(version)) return { ok: true, value: version }
  const range = 'range' in wish ? wish.range : wish.channel === LATEST ? '*' : undefined
  const older =
    range === undefined
      ? undefined
      : await highestVersion(store.asSystem(REASON), version.extension, [range], (each) => {
          return isAged(each) && isOffered(document, each)
        })
  if (older) return { ok: true, value: older }
  const { extension, version: number } = version
  const message = `${extension} ${number} is younger than the ${policy.minAgeHours} hours that the policy of the organization wants`
  return refused('VERSION_STATE', `${message}; name the version to have it at once`, { details: { version: number } })
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
