import type { AnnexManifest } from '../manifest.ts'
import type { ScopeLimits } from '../scope-limits.ts'
import type { Scope } from '../scopes.ts'
import type { INJECTION_KINDS } from './credentials.ts'

/**
 * What an extension asks for, in one shape: what a consent shows, what a grant is cut from, and what two versions are
 * compared by.
 */
export interface Capabilities {
  kind: AnnexManifest['kind']
  scopes: { required: ScopeWish[]; optional: ScopeWish[] }
  /** Hosts that the manifest names. */
  egress: HostWish[]
  /** Hosts that the organization names in its configuration. */
  configHosts: ConfigHostWish[]
  injections: InjectionWish[]
  credentials?: {
    type: NonNullable<AnnexManifest['credentials']>['type']
    /** Names of the fields of the credentials' schema. */
    fields: string[]
    oauth2?: { authorizationUrl: string; tokenUrl: string; scopes: string[]; pkce: boolean }
  }
  webhook?: { scheme: string; header?: string; secretRef: string }
  secrets: { ref: string; use: string }[]
  events: { subscribes: string[]; emits: string[] }
  schedules: { name: string; cron: string; timezone: string }[]
  dependencies: { name: string; range: string }[]
}

/** A scope in its long form; each scope stands in one place only. */
export interface ScopeWish extends ScopeLimits {
  scope: Scope
  reason: string
}

export interface HostWish {
  /** Lower case, punycode; `*.` and a name covers every name below it. */
  host: string
  scheme: 'https' | 'http'
  port: number
  reason: string
}

export interface ConfigHostWish {
  /** The key of the configuration that will hold the host. */
  key: string
  /** What may be configured: a pattern in its one form, or `any`. */
  match: string
  scheme: 'https' | 'http'
  port: number
  reason: string
}

export interface InjectionWish {
  /** A host pattern in its one form, or `{{config.key}}`. */
  host: string
  in: (typeof INJECTION_KINDS)[number]
  name?: string
  template?: string
}

/** A part of a manifest that fits the schema and still means nothing, or two things. */
export interface ManifestProblem {
  /** JSON pointer from the root of `package.json`. */
  pointer: string
  message: string
}
