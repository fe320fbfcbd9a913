import type { JsonObject } from '@annex/sdk/json'
import type { Manifest } from '@annex/sdk/manifest'
import type { Archive } from './archive/archive-fault.ts'
import type { Observation, Severity } from './finding.ts'
import type { PackageFiles } from './package-files.ts'
import type { JsonPlace, StrictJson } from './strict-json.ts'

/** What the caller knows and the package does not. */
export interface CheckOptions {
  /** The platform release that the package must run on: `PLATFORM_VERSION` of the SDK. */
  platformVersion: string
  /** The publisher that the upload is for. */
  publisher?: string
  /** Versions of this extension that are taken. */
  published?: readonly string[]
}

/**
 * What a rule can look at, by stage. A stage begins when the one before it left something sound to look at; the rules
 * of the later stages are skipped otherwise.
 */
export interface ArchiveStage {
  archive: Archive
  options: CheckOptions
}

export interface FilesStage extends ArchiveStage {
  package: PackageFiles
  packageJson: StrictJson
}

export interface JsonStage extends FilesStage {
  json: JsonObject
  place: JsonPlace
}

/** Here package.json fits the schema of the manifest. */
export interface ManifestStage extends JsonStage {
  manifest: Manifest
}

interface RuleText {
  /** Stable, never reused: `PKG-05`. */
  id: string
  severity: Severity
  title: string
  /** What harm the rule keeps away. */
  why: string
  /** How an author mends it. */
  fix: string
}

export type Rule =
  | (RuleText & { stage: 'archive'; check(context: ArchiveStage): Iterable<Observation> })
  | (RuleText & { stage: 'files'; check(context: FilesStage): Iterable<Observation> })
  | (RuleText & { stage: 'json'; check(context: JsonStage): Iterable<Observation> })
  | (RuleText & { stage: 'manifest'; check(context: ManifestStage): Iterable<Observation> })
