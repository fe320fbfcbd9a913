import type { JsonObject } from '@annex/sdk/json'
import type { ConnectorStream, InstalledConnector, InstalledConnectors } from './installed-connectors.ts'
import { isOurFault, SchemaCheckUnavailable, type SchemaValidator, type SchemaVerdict } from './schema-validator.ts'

export type ConnectorCapability = 'READ' | 'WRITE' | 'INCREMENTAL'

/** A connector that an organization can build integrations on. */
export interface Connector extends InstalledConnector {
  /** The installation's id. */
  id: string
  capabilities: ConnectorCapability[]
}

/** The connectors of an organization: no connector is built in, each is an installed extension. */
export interface Connectors {
  /** By display name. */
  list(organizationId: string): Promise<Connector[]>
  get(organizationId: string, connectorId: string): Promise<Connector | undefined>
  /** Without a schema only the empty object is valid. Rejects with `SchemaCheckUnavailable` when it cannot be checked now. */
  validateConfig(connector: Connector, config: JsonObject): Promise<SchemaVerdict>
  validateCredentials(connector: Connector, credentials: JsonObject): Promise<SchemaVerdict>
  /** `schema` is one of the connector's `actions`. */
  validateParams(schema: JsonObject, params: JsonObject): Promise<SchemaVerdict>
}

/** What a missing schema stands for: nothing may be given. */
const NOTHING: JsonObject = { type: 'object', additionalProperties: false }

export function createConnectors(deps: { installed: InstalledConnectors; validator: SchemaValidator }): Connectors {
  const { installed, validator } = deps

  async function list(organizationId: string): Promise<Connector[]> {
    const connectors = (await installed.list(organizationId)).map(connectorOf)
    return connectors.sort((a, b) => a.displayName.localeCompare(b.displayName, 'en') || (a.id < b.id ? -1 : 1))
  }

  /** A schema that cannot be applied in time is the author's fault, and no reason to accept the value. */
  async function validate(schema: JsonObject = NOTHING, value: JsonObject): Promise<SchemaVerdict> {
    try {
      return await validator.validate(schema, value)
    } catch (error) {
      if (isOurFault(error)) throw new SchemaCheckUnavailable(error)
      const reason = error instanceof Error ? error.message : 'the check failed'
      return { ok: false, errors: [{ path: '', message: `could not be checked: ${reason}` }] }
    }
  }

  return {
    list,
    async get(organizationId, connectorId) {
      const found = await installed.get(organizationId, connectorId)
      return found && connectorOf(found)
    },
    validateConfig: (connector, config) => validate(connector.configSchema, config),
    validateCredentials: (connector, credentials) => validate(connector.credentialsSchema, credentials),
    validateParams: (schema, params) => validate(schema, params),
  }
}

function connectorOf(installed: InstalledConnector): Connector {
  return { ...installed, id: installed.installationId, capabilities: capabilitiesOf(Object.values(installed.streams)) }
}

function capabilitiesOf(streams: readonly ConnectorStream[]): ConnectorCapability[] {
  const capabilities: ConnectorCapability[] = []
  if (streams.some((stream) => stream.read)) capabilities.push('READ')
  if (streams.some((stream) => stream.write)) capabilities.push('WRITE')
  if (streams.some((stream) => stream.read && stream.cursorField !== undefined)) capabilities.push('INCREMENTAL')
  return capabilities
}
