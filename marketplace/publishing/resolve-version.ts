import { type Comparator, Range, SemVer, satisfies } from 'semver'
import type { Handle } from '../../runtime/storage/port.ts'
import { channelVersion } from './channels.ts'
import { extensions, type VersionDocument, versions } from './publishing-collections.ts'
import { tupleKey, versionKey } from './version-key.ts'

/** States of versions that an installation without a history may get. */
export const INSTALLABLE = { $in: ['published', 'deprecated'] } as const

/** Which version is wanted: this one, the one that a channel names, or the highest that fits a semver range. */
export type VersionWish = { exact: string } | { channel: string } | { range: string }

/** Versions read at a time: most searches end in the first page. */
const PAGE = 20

/** The version of an extension (`@publisher/name`) that a wish means, among those that can be installed. */
export async function resolveVersion(
  handle: Handle,
  extension: string,
  wish: VersionWish,
): Promise<VersionDocument | undefined> {
  if ('range' in wish) return highestVersion(handle, extension, [wish.range])
  const number = 'exact' in wish ? wish.exact : channelVersion(await handle(extensions).get(extension), wish.channel)
  const version = number === undefined ? undefined : await handle(versions).get(`${extension}@${number}`)
  return version && INSTALLABLE.$in.some((state) => state === version.state) ? version : undefined
}

/**
 * The highest version that is offered and satisfies every range, pre-releases as `semver` has it: only of a tuple that the range names
 * with one. Read from the highest that the ranges leave possible downwards, a few at a time, and over all pre-releases
 * of a tuple at once, so that neither time nor memory follow the number of versions. Ranges that are none match nothing.
 */
export async function highestVersion(
  handle: Handle,
  extension: string,
  wanted: readonly string[],
  isOffered: (version: VersionDocument) => boolean = () => true,
): Promise<VersionDocument | undefined> {
  const ranges = wanted.map(readRange)
  if (!ranges.every((range) => range !== undefined)) return undefined
  const limits = ranges.map(limitsOf)
  const lowest = limits.map(({ low }) => low).reduce((a, b) => (a > b ? a : b), LOWEST)
  let bound: { $lte: string } | { $lt: string } = {
    $lte: limits.map(({ high }) => high).reduce((a, b) => (a < b ? a : b), HIGHEST),
  }
  for (;;) {
    const where = { extension, state: INSTALLABLE, sortKey: { $gte: lowest, ...bound } }
    const { data } = await handle(versions).find({ where, sort: [['sortKey', 'desc']], limit: PAGE })
    const fit = data.find((each) => isOffered(each) && ranges.every((range) => satisfies(each.version, range)))
    const last = data.at(-1)
    if (fit || !last || data.length < PAGE) return fit
    bound = { $lt: namesPreRelease(ranges, last.version) ? last.sortKey : floorOf(last.sortKey) }
  }
}

/** A semver range and nothing else: no address, no channel, no reference to a workspace. */
export function readRange(text: string): Range | undefined {
  try {
    return new Range(text)
  } catch {
    return undefined
  }
}

const LOWEST = ''
const HIGHEST = '~'

/** Keys between which everything lies that can satisfy a range. */
function limitsOf({ set }: Range): { low: string; high: string } {
  const each = set.map((comparators) => {
    let [low, high] = [LOWEST, HIGHEST]
    for (const comparator of comparators) {
      const { operator } = comparator
      const key = versionKey(versionOf(comparator)?.version ?? '')
      if (key === undefined) continue
      if (operator !== '<' && operator !== '<=' && key > low) low = key
      if (operator !== '>' && operator !== '>=' && key < high) high = key
    }
    return { low, high }
  })
  return {
    low: each.reduce((least, { low }) => (low < least ? low : least), HIGHEST),
    high: each.reduce((most, { high }) => (high > most ? high : most), LOWEST),
  }
}

/** The comparator that takes everything has a symbol in the place of its version, whatever its type says. */
function versionOf({ semver }: Comparator): SemVer | undefined {
  const version: unknown = semver
  return version instanceof SemVer ? version : undefined
}

/** Whether a pre-release of this tuple may satisfy the ranges; below one that may not comes the next tuple. */
function namesPreRelease(ranges: readonly Range[], version: string): boolean {
  const floor = floorOf(versionKey(version) ?? '')
  return ranges.every(({ set }) =>
    set.flat().some((comparator) => {
      const named = versionOf(comparator)
      return named !== undefined && named.prerelease.length > 0 && tupleKey(named) === floor
    }),
  )
}

/** The part of a key that all versions of a tuple begin with. */
function floorOf(sortKey: string): string {
  return sortKey.slice(0, sortKey.indexOf('-') + 1)
}
