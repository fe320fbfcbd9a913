import { createHash } from 'node:crypto'
import { canonicalJson } from '../canonical-json.ts'
import type { Manifest } from '../manifest.ts'
import { normalizeManifest } from './normalize-manifest.ts'

/**
 * SHA-256 (hex) of what a consent covers: who asks, for what, with which reasons in which languages, at which price.
 * The version and the prose of the package are left out, so a release that asks for the same keeps the digest.
 */
export function manifestDigest(manifest: Manifest): string {
  const { displayName, locales, pricing } = manifest.annex
  const covered = {
    name: manifest.name,
    displayName,
    reasons: Object.entries(locales ?? {}).map(([locale, texts]) => [
      locale,
      texts.displayName ?? null,
      texts.reasons ?? {},
    ]),
    pricing: pricing ?? { model: 'FREE' },
    capabilities: normalizeManifest(manifest),
  }
  return createHash('sha256').update(canonicalJson(covered)).digest('hex')
}
