import { Manifest } from '@annex/sdk/manifest'
import type { Capabilities } from '@annex/sdk/manifest/capabilities'
import { normalizeManifest } from '@annex/sdk/manifest/normalize-manifest'
import { Value } from '@sinclair/typebox/value'
import type { PackageSource } from './installation-source.ts'

/** What the manifest of an installed version declares beside its rights. */
export type Declarations = Pick<Capabilities, 'events' | 'schedules' | 'secrets' | 'webhook'>

export interface DeclarationSource {
  /** By the digest of a package; nothing is declared by one that is not to be had. */
  of(digest: string): Promise<Declarations>
}

const NOTHING: Declarations = { events: { subscribes: [], emits: [] }, schedules: [], secrets: [] }
const KEPT = 2_000

/** Reads them from the packages and keeps them: a digest never comes to mean another manifest. */
export function createDeclarations(packages: PackageSource): DeclarationSource {
  const kept = new Map<string, Declarations>()
  return {
    async of(digest) {
      const known = kept.get(digest)
      if (known) return known
      const code = await packages.load(digest)
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
  return { events, schedules, secrets, ...(webhook && { webhook }) }
}
