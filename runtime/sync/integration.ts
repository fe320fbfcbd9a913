import type { JsonObject } from '@annex/sdk/json'
import type { IntegrationType } from '@annex/sdk/manifest'
import type { SealedSecret } from '../secrets/secret-box.ts'
import { collection, type Stored } from '../storage/port.ts'
import type { SyncResult } from './run.ts'
import type { StreamBindings } from './stream-binding.ts'

export type IntegrationStatus = 'DRAFT' | 'ACTIVE' | 'PAUSED' | 'ERROR' | 'DISABLED'
/** A person wants no sync of it, or nothing is left that could carry one out. */
export function isStopped(status: IntegrationStatus): status is 'PAUSED' | 'DISABLED' {
  return status === 'PAUSED' || status === 'DISABLED'
}

export type HealthStatus = 'HEALTHY' | 'DEGRADED' | 'UNHEALTHY' | 'UNKNOWN'

/** One organization's connection to one outside system. */
export interface Integration extends Stored {
  organizationId: string
  /** Unique in the organization; has no underscore, so it is never taken for an id. */
  slug: string
  name: string
  description?: string
  type: IntegrationType
  /** The installation whose connector it uses. */
  connectorId: string
  /** JSON text: its keys are the extension author's. */
  config: string
  /** JSON text: its tables have keys of any form. */
  streams: string
  /** Sealed with the integration's id as context. */
  credentials?: SealedSecret
  syncSettings: { frequency: 'ON_DEMAND' }
  status: IntegrationStatus
  healthStatus: HealthStatus
  /** ISO 8601: the end of the last run that was not cancelled. */
  lastSyncAt?: string
  lastResult?: SyncResult
  tags: string[]
  /** `principalName` of who made it. */
  createdBy: string
  createdAt: string
  updatedAt: string
}

export const integrations = collection<Integration>({
  name: 'integrations',
  scope: 'organization',
  indexes: { slug: { fields: ['slug'], unique: true }, created: { fields: ['createdAt'] } },
})

/** An integration as it is shown: without its credentials. */
export type IntegrationView = Omit<Integration, '_id' | 'credentials' | 'config' | 'streams'> & {
  id: string
  config: JsonObject
  streams: StreamBindings
  hasCredentials: boolean
}

export function viewOf(integration: Integration): IntegrationView {
  const { _id, credentials, ...rest } = integration
  return {
    id: _id,
    ...rest,
    config: configOf(integration),
    streams: bindingsOf(integration),
    hasCredentials: credentials !== undefined,
  }
}

export function configOf({ config }: Pick<Integration, 'config'>): JsonObject {
  return JSON.parse(config)
}

/** By stream name; checked when they were stored. */
export function bindingsOf({ streams }: Pick<Integration, 'streams'>): StreamBindings {
  return JSON.parse(streams)
}
