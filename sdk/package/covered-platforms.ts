import { PLATFORM_VERSIONS, type PlatformVersion } from '@annex/sdk/platform-version'
import semver from 'semver'

/** The versions of the platform that a manifest's `platform` range covers, in the order given. */
export function coveredPlatforms(range: string): PlatformVersion[]
export function coveredPlatforms(range: string, versions: readonly string[]): string[]
export function coveredPlatforms(range: string, versions: readonly string[] = PLATFORM_VERSIONS): string[] {
  return versions.filter((version) =>
    semver.satisfies(version, range, { includePrerelease: semver.prerelease(version) !== null }),
  )
}
