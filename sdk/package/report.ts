import type { JsonObject } from '@annex/sdk/json'
import type { Capabilities } from '@annex/sdk/manifest/capabilities'
import type { ExtensionDescription } from './describe.ts'
import type { Execution } from './execution.ts'
import type { Finding } from './finding.ts'
import type { TrialUsage } from './trial.ts'

/** What a check says of a package: plain JSON, so that it crosses a process boundary. */
export interface Report {
  /** Version of the rules. */
  ruleSet: string
  /** No finding is an error, and no rule broke. */
  ok: boolean
  findings: Finding[]
  /** Every rule, whatever came of it. */
  executions: Execution[]
  /** What it uses against what it asks for; once it was run. */
  use?: UsedAgainstAsked
  /** What the runs took; once it was run. The one part that differs from run to run. */
  measured?: Measured[]
  /** Only when no rule over the bytes found an error. */
  package?: PackageReport
}

export interface UsedAgainstAsked {
  scopes: UseOf[]
  hosts: UseOf[]
}

/** One scope or host. */
export interface UseOf {
  /** The scope in its long form; a host as the manifest writes it, or as it was called. */
  name: string
  asked: 'required' | 'optional' | 'no'
  /**
   * Where its use was seen. `platform`: events or streams need it, and no call shows it. `never`: it may be asked for
   * without need.
   */
  seen: 'run' | 'code' | 'platform' | 'never'
}

/** What one fixture took on one release of the platform. */
export interface Measured extends TrialUsage {
  fixture: string
  platform: string
}

export interface PackageReport {
  /** `@publisher/name`. */
  name: string
  version: string
  /** SHA-256 (hex) of the .tgz. */
  digest: string
  /** Bytes of the .tgz. */
  size: number
  /** Bytes of the tar inside. */
  unpacked: number
  /** SHA-256 (hex) of the entry file. */
  sourceDigest: string
  /** package.json, with what the platform does not know too. */
  manifest: JsonObject
  /** What a consent binds to. */
  manifestDigest: string
  capabilities: Capabilities
  describe: ExtensionDescription
  /** In the order of the archive. */
  files: { path: string; size: number; sha256: string }[]
  /** Libraries in the bundle, as `annex pack` wrote them down. */
  libraries: { name: string; version: string }[]
  /** What the code says that it uses. */
  codeUse: CodeUse
  /** Texts for the catalog and for reviewers, each at most 100 KiB, cut if longer. */
  texts: { readme?: string; changelog?: string; license?: string }
}

/** What was found by reading the entry; code may do what no reading finds. */
export interface CodeUse {
  /** Scopes that calls on `ctx.platform` need, in their long form, in alphabetical order. */
  scopes: string[]
  /** Whether a resource is taken by a computed name, so that any scope may be used. */
  computed: boolean
  /** Hosts of addresses in the code, in alphabetical order. */
  hosts: string[]
}
