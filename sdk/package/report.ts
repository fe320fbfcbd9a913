import type { JsonObject } from '@annex/sdk/json'
import type { Capabilities } from '@annex/sdk/manifest/capabilities'
import type { ExtensionDescription } from './describe.ts'
import type { Finding } from './finding.ts'
import type { Execution } from './run-rules.ts'

/** What a check says of a package: plain JSON, so that it crosses a process boundary. */
export interface Report {
  /** Version of the rules. */
  ruleSet: string
  /** No finding is an error, and no rule broke. */
  ok: boolean
  findings: Finding[]
  /** Every rule, whatever came of it. */
  executions: Execution[]
  /** Only when the package is ok. */
  package?: PackageReport
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
  files: { path: string; size: number }[]
  /** Texts for the catalog and for reviewers, each at most 100 KiB, cut if longer. */
  texts: { readme?: string; changelog?: string; license?: string }
}
