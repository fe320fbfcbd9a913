import type { ScopeLimits } from '@annex/sdk/scope-limits'
import type { Scope } from '@annex/sdk/scopes'

/** One scope as a person decides on it. */
export interface ScopeLine extends ScopeLimits {
  scope: Scope
  /** What it lets the extension do, limits included, in plain words. */
  words: string
  /** The author's reason. */
  reason: string
}

/** One host as a person decides on it. */
export interface HostLine {
  /** How a grant names it. */
  host: string
  words: string
  reason: string
  /** The configuration that will name the host, and what may be set there. */
  config?: { key: string; match: string }
}

/** One type of event that the extension receives. */
export interface EventLine {
  type: string
  words: string
}

/** What an extension asks for, as the catalog and the consent show it. */
export interface PermissionSheet {
  required: ScopeLine[]
  optional: ScopeLine[]
  hosts: HostLine[]
  /** Not to be chosen from: what it subscribes to comes with it. */
  events: EventLine[]
  credentials?: { type: string; fields: string[] }
}

/** What the words are told in. */
export type Language = 'en' | 'fr'
