import { validRange } from 'semver'
import type { ExtensionDocument } from './publishing-collections.ts'
import { isPreRelease, versionKey } from './version-key.ts'

/** The channel that an installation without a wish follows. */
export const LATEST = 'latest'

/** Channels of one extension: they are shown and stored with it. */
export const MAX_CHANNELS = 32

export const CHANNEL_NAMES =
  'a channel has 1 to 32 characters: a-z, 0-9 and hyphens, the first one a letter, and is no range of versions'

/** A name of a channel is never a range, so that nobody takes the one for the other. */
export function isChannel(name: string): boolean {
  return /^[a-z][a-z0-9-]{0,31}$/.test(name) && validRange(name) === null
}

/** The version that a channel names. */
export function channelVersion(extension: Pick<ExtensionDocument, 'tags'> | undefined, channel: string) {
  return extension && Object.hasOwn(extension.tags, channel) ? extension.tags[channel] : undefined
}

/**
 * The channels after a publication. The version goes to the channel that its upload named; else a release to `latest`
 * and a pre-release to the one that its first word names (`1.2.0-beta.3`: `beta`), or to `next`. By itself no channel
 * moves down, and `latest` never onto a pre-release.
 */
export function channelsAfter(
  tags: Readonly<Record<string, string>>,
  version: string,
  named: string | undefined,
): Record<string, string> {
  const channel = named ?? channelOf(version)
  const before = channelVersion({ tags }, channel)
  if (channel === LATEST && isPreRelease(version)) return { ...tags }
  if (before !== undefined && keyOf(before) >= keyOf(version)) return { ...tags }
  // Whoever names a channel after each build keeps those that are there.
  if (before === undefined && Object.keys(tags).length >= MAX_CHANNELS) return { ...tags }
  return { ...tags, [channel]: version }
}

function channelOf(version: string): string {
  if (!isPreRelease(version)) return LATEST
  const identifiers = version.slice(version.indexOf('-') + 1).split('.')
  const word = identifiers.find((identifier) => /^[A-Za-z]+$/.test(identifier))?.toLowerCase() ?? ''
  return word !== LATEST && isChannel(word) ? word : 'next'
}

function keyOf(version: string): string {
  const key = versionKey(version)
  if (key === undefined) throw new Error(`a stored version has no place in the order: ${version}`)
  return key
}
