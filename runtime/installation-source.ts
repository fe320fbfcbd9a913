import type { JsonObject } from '@annex/sdk/json'
import type { ScopeGrant } from '@annex/sdk/scopes'

/** A host that an installation may reach, as granted. */
export interface EgressGrant {
  /** An exact host name, or `*.` and a registrable domain or below. Lower case, punycode. */
  host: string
  scheme: 'https' | 'http'
  port: number
}

/** Where the host puts a credential; see the manifest's `credentials.inject`. */
export type CredentialInjection = TextInjection | CertificateInjection

export interface TextInjection {
  host: string
  in: 'header' | 'query' | 'basic' | 'bearer'
  name?: string
  template: string
}

/** The fields `certificate`, `privateKey` and, where the key has one, `passphrase` of the credentials, in PEM. */
export interface CertificateInjection {
  host: string
  in: 'mtls'
}

/** What the runtime must know of an installation to run it: plain data, read in one go. */
export interface ActiveInstallation {
  id: string
  organizationId: string
  /** `@publisher/name`. */
  extension: string
  kind: 'connector' | 'transformation'
  version: string
  /** SHA-256 (hex) of the package: which bytes run. */
  digest: string
  /** Raised on each change of grant, version or state. */
  epoch: number
  grants: readonly ScopeGrant[]
  egress: readonly EgressGrant[]
  injections: readonly CredentialInjection[]
  config: JsonObject
  /** For runs of the version before that began before the change. */
  draining?: DrainingGrant
}

/** What the version before might do: its runs end with it, and not in the middle because another version came. */
export interface DrainingGrant {
  /** SHA-256 (hex) of the package that it is for. */
  digest: string
  grants: readonly ScopeGrant[]
  egress: readonly EgressGrant[]
  injections: readonly CredentialInjection[]
}

/** Where the runtime learns what is installed. The marketplace implements it on the store, the command line in memory. */
export interface InstallationSource {
  /** `undefined` when there is none, or when it is disabled or uninstalled: then nothing of it may run. */
  active(organizationId: string, installationId: string): Promise<ActiveInstallation | undefined>
}

/** The same, for who must find what is installed without being told an id. */
export interface InstallationDirectory extends InstallationSource {
  /** Everything that may run for the organization; at most 1,000. */
  list(organizationId: string): Promise<ActiveInstallation[]>
}

/** The parts of a package that the runtime needs. */
export interface PackageCode {
  /** SHA-256 (hex) of the package. */
  digest: string
  /** The entry file: one classic script. */
  source: string
  /** Its source map, when the package carries one. */
  sourceMap?: string
  /** The parsed manifest: `package.json`. */
  manifest: JsonObject
  /** `annex.describe.json`. */
  describe: JsonObject
}

/** Which code is run, as which version, for whom: what a source of packages vouches for. */
export type InstalledCode = Pick<ActiveInstallation, 'organizationId' | 'extension' | 'version' | 'digest'>

export interface PackageSource {
  /**
   * `undefined` when the bytes are not there or do not have this digest. Rejects with `PackageRefused` when nobody vouches
   * for them as this version, for this organization.
   */
  load(digest: string, code: InstalledCode): Promise<PackageCode | undefined>
}
