import { coveredPlatforms } from '@annex/package/covered-platforms'
import type { Manifest } from '@annex/sdk/manifest'
import { PLATFORM_VERSION, type PlatformVersion } from '@annex/sdk/platform-version'

/** The version of the platform that production gives to an extension; the newest for a range that covers none. */
export function platformOf({ annex }: Manifest): PlatformVersion {
  return coveredPlatforms(annex.platform).at(-1) ?? PLATFORM_VERSION
}
