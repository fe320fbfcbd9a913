import type { JsonObject } from '@annex/sdk/json'
import type { IntegrationType } from '@annex/sdk/manifest'

export type CredentialType = 'API_KEY' | 'OAUTH2' | 'BASIC_AUTH' | 'JWT' | 'CERTIFICATE'

/** A stream of records as `annex.describe.json` tells it. */
export type ConnectorStream = {
  /** JSON Schema of a source record, by the extension's author. */
  schema: JsonObject
  primaryKey: string[]
  cursorField?: string
  read: boolean
  write: boolean
}

/** A connector extension that an organization has installed: plain data from its manifest and description. */
export interface InstalledConnector {
  installationId: string
  /** `@publisher/name`. */
  extension: string
  version: string
  displayName: string
  description?: string
  integrationType: IntegrationType
  /** JSON Schema of an integration's config; absent: it takes none. */
  configSchema?: JsonObject
  /** JSON Schema of its credentials; absent: it takes none. */
  credentialsSchema?: JsonObject
  credentialType?: CredentialType
  streams: Readonly<Record<string, ConnectorStream>>
  /** JSON Schemas of the params of its actions, by name. */
  actions: Readonly<Record<string, JsonObject>>
}

/** Where the connector framework learns what is installed. The marketplace implements it, the command line in memory. */
export interface InstalledConnectors {
  /** Enabled installations of kind `connector` only. */
  list(organizationId: string): Promise<InstalledConnector[]>
  /** That one alone: what an organization has installed besides costs nothing. */
  get(organizationId: string, installationId: string): Promise<InstalledConnector | undefined>
}
