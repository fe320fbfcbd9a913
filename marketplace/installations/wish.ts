import type { JsonObject } from '@annex/sdk/json'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import type { Granted } from './consent.ts'
import type { EffectiveGrant } from './effective-grant.ts'
import type { DependencyLock } from './installation-collections.ts'

/** What is to be installed, with a consent and a configuration that were checked. */
export interface Wish {
  version: ReleaseFacts
  granted: Granted
  effective: EffectiveGrant
  config: JsonObject
  /** What it needs of what is installed. */
  lock: DependencyLock[]
  /** Whether the configuration was asked for, and not taken over. */
  configured: boolean
  draft?: { id: string; expiresAt: string }
}
