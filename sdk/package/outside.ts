import type { Capabilities } from '@annex/sdk/manifest/capabilities'
import type { TrialUsage } from './trial.ts'

/** What no package can say of itself. Whatever is absent is not known: the rules that need it say so. */
export interface Outside {
  /** Numbers of this extension that are published, in any order. */
  versions?: readonly string[]
  /** The version that `latest` names; absent with `versions` there: nothing is published yet. */
  latest?: string
  /** The channel that the upload named. */
  channel?: string
  /** What was last approved of this extension; absent with `versions` there: nothing yet. */
  previous?: PreviousVersion
  /** What the fixtures of this version took in its trial: see `usageByFixture`. */
  usage?: Readonly<Record<string, TrialUsage>>
  /** Extensions of other publishers whose names are close to this one, and names that are protected. */
  names?: readonly NeighbourName[]
  /** Known faults of libraries, as the operator imported them. */
  advisories?: readonly Advisory[]
  /** SHA-256 (hex) of files that are known to do harm. */
  harmfulFiles?: ReadonlySet<string>
  /** What the links of the README answered. */
  links?: readonly LinkAnswer[]
}

export interface PreviousVersion {
  version: string
  capabilities: Capabilities
  /** Whether something of it was to be bought; absent: not known. */
  paid?: boolean
  /** Of its fixtures, by name, in the trial that it was approved with. */
  usage?: Readonly<Record<string, TrialUsage>>
}

export interface NeighbourName {
  /** `@publisher/name`, or the protected word. */
  name: string
  displayName?: string
  kind: 'extension' | 'trademark'
}

/** As in the OSV schema, reduced to what a comparison needs. */
export interface Advisory {
  /** `GHSA-…`, `CVE-…`. */
  id: string
  /** The npm name of the library. */
  library: string
  /** A semver range of the versions that have the fault. */
  affected: string
  severity: 'low' | 'moderate' | 'high' | 'critical'
  /** In one sentence. */
  summary: string
}

export interface LinkAnswer {
  url: string
  /** The HTTP status, or why there is none. */
  answer: number | 'unreachable'
}
