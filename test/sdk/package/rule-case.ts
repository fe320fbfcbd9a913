import type { Outside } from '@annex/package/outside'
import type { CheckOptions } from '@annex/package/rule'
import type { Files, ManifestChange } from './good-package.ts'

export interface RuleCase {
  trips: RuleTry[]
  passes: RuleTry[]
}

/** A change of the good package, and what the check is told. */
export interface RuleTry {
  files?: Files
  manifest?: ManifestChange
  options?: CheckOptions
  /** What a marketplace knows: with it, the part of the rule that needs it is tried. */
  outside?: Outside
}

/** The good package with the platform's part of its manifest changed. */
export const annex = (change: (annex: Record<string, unknown>) => void) => ({
  manifest: (manifest: Parameters<ManifestChange>[0]) => change(manifest.annex),
})

/** The good package with another entry. */
export const entry = (text: string | Uint8Array, more: Files = {}): RuleTry => ({
  files: { 'dist/extension.js': text, ...more },
})
