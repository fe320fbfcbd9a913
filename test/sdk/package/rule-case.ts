import type { Files, ManifestChange } from './good-package.ts'

export interface RuleCase {
  trips: { files?: Files; manifest?: ManifestChange }[]
  passes: { files?: Files; manifest?: ManifestChange }[]
}

/** The good package with the platform's part of its manifest changed. */
export const annex = (change: (annex: Record<string, unknown>) => void) => ({
  manifest: (manifest: Parameters<ManifestChange>[0]) => change(manifest.annex),
})
