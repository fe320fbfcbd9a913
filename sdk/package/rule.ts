import type { JsonObject } from '@annex/sdk/json'
import type { Manifest } from '@annex/sdk/manifest'
import type { Archive } from './archive/archive-fault.ts'
import type { Observation, Severity } from './finding.ts'
import type { Outside } from './outside.ts'
import type { PackageFiles } from './package-files.ts'
import type { PackageReport } from './report.ts'
import type { JsonPlace, StrictJson } from './strict-json.ts'
import type { Trial } from './trial.ts'

/** What the caller knows and the package does not. */
export interface CheckOptions {
  /** The platform releases that are supported, lowest first; `PLATFORM_VERSIONS` of the SDK unless given. */
  platformVersions?: readonly string[]
  /** The publisher that the upload is for. */
  publisher?: string
  /** SHA-256 (hex) of the .tgz, as whoever sent it says. */
  declaredDigest?: string
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
  /** Ids of the rules that an author may waive. */
  waivable: ReadonlySet<string>
}

/** Here the package was run in the sandbox. */
export interface TrialStage {
  package: PackageReport
  trial: Trial
  options: CheckOptions
}

/** Here a marketplace or an operator says what no package can say of itself. */
export interface OutsideStage {
  package: PackageReport
  outside: Outside
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
  /**
   * Whether an author may waive a finding of this rule, with a reason that reviewers see: an error then needs a review,
   * a warning becomes a note. For rules that guess. The others are certain, and hold.
   */
  waivable?: true
  /** The part that needs data from outside. `undefined`: the data that it needs is not there. */
  outside?(context: OutsideStage): Iterable<Observation> | undefined
}

export type Rule =
  | (RuleText & { stage: 'archive'; check(context: ArchiveStage): Iterable<Observation> })
  | (RuleText & { stage: 'files'; check(context: FilesStage): Iterable<Observation> })
  | (RuleText & { stage: 'json'; check(context: JsonStage): Iterable<Observation> })
  | (RuleText & { stage: 'manifest'; check(context: ManifestStage): Iterable<Observation> })
  | (RuleText & { stage: 'trial'; check(context: TrialStage): Iterable<Observation> })
  | (RuleText & { stage: 'outside'; outside(context: OutsideStage): Iterable<Observation> | undefined })
