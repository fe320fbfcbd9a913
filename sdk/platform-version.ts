/**
 * The versions of API v1 and of the host calls that this platform offers, lowest first. A manifest's `platform` range is
 * held against them; an installation runs on the highest that its range covers.
 */
export const PLATFORM_VERSIONS = ['1.0.0', '1.1.0'] as const

export type PlatformVersion = (typeof PLATFORM_VERSIONS)[number]

/** The newest. */
export const PLATFORM_VERSION: PlatformVersion = '1.1.0'

/** Whether what exists from `since` on is there for code that sees the version `platform`. */
export function hasReached(platform: PlatformVersion, since: PlatformVersion): boolean {
  return PLATFORM_VERSIONS.indexOf(platform) >= PLATFORM_VERSIONS.indexOf(since)
}
