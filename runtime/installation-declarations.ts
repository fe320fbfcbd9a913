import { coveredPlatforms } from '@annex/package/covered-platforms'
import { Manifest } from '@annex/sdk/manifest'
import type { Capabilities } from '@annex/sdk/manifest/capabilities'
import { normalizeManifest } from '@annex/sdk/manifest/normalize-manifest'
import { PLATFORM_VERSIONS, type PlatformVersion } from '@annex/sdk/platform-version'
import { Value } from '@sinclair/typebox/value'
import type { InstalledCode, PackageSource } from './installation-source.ts'
import { unlessRefused } from './package-refused.ts'

/** What the manifest of an installed version declares beside its rights. */
export interface Declarations extends Pick<Capabilities, 'events' | 'schedules' | 'secrets' | 'webhook'> {
  /** The highest version of the platform that its range covers; absent when it covers none that is offered. */
  platform?: PlatformVersion
}

export interface DeclarationSource {
  /** Nothing is declared by a package that is not to be had, or that nobody vouches for. */
  of(code: InstalledCode): Promise<Declarations>
}

const NOTHING: Declarations = {
  events: { subscribes: [], emits: [] },
  schedules: [],
  secrets: [],
  platform: PLATFORM_VERSIONS[0],
}
const KEPT = 2_000

/** Reads them from the packages and keeps them: a digest never comes to mean another manifest. */
export function createDeclarations(packages: PackageSource): DeclarationSource {
  const kept = new Map<string, Declarations>()
  return {
    async of(installed) {
      const { digest } = installed
      const known = kept.get(digest)
      if (known) return known
      const code = await unlessRefused(packages.load(digest, installed))
      if (!code) return NOTHING
      const declared = declarationsOf(code.manifest)
      const [oldest] = kept.keys()
      if (kept.size >= KEPT && oldest !== undefined) kept.delete(oldest)
      kept.set(digest, declared)
      return declared
    },
  }
}

function declarationsOf(manifest: unknown): Declarations {
  if (!Value.Check(Manifest, manifest)) return NOTHING
  const { events, schedules, secrets, webhook } = normalizeManifest(manifest)
  const platform = coveredPlatforms(manifest.annex.platform).at(-1)
  return { events, schedules, secrets, ...(webhook && { webhook }), ...(platform && { platform }) }
}
