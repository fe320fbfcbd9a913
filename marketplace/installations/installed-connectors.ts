import type { JsonObject } from '@annex/sdk/json'
import type {
  ConnectorStream,
  InstalledConnector,
  InstalledConnectors,
} from '../../runtime/connectors/installed-connectors.ts'
import type { InstallationDirectory } from '../../runtime/installation-source.ts'
import type { Store } from '../../runtime/storage/port.ts'
import type { PassedReport, Reports } from '../publishing/reports.ts'
import { type InstallationDocument, installations, toActive } from './installation-collections.ts'
import { installedRelease } from './installed-release.ts'

/** What the connector framework may build integrations on. */
export function createInstalledConnectors(deps: {
  store: Store
  source: InstallationDirectory
  reports: Reports
}): InstalledConnectors {
  const { store, source, reports } = deps
  return {
    async list(organizationId) {
      const installed = (await source.list(organizationId)).filter(({ kind }) => kind === 'connector')
      const documents = await store
        .forOrganization(organizationId)(installations)
        .getMany(installed.map(({ id }) => id))
      return Promise.all(documents.map(describe))
    },
    async get(organizationId, installationId) {
      const installed = await store.forOrganization(organizationId)(installations).get(installationId)
      if (installed?.state !== 'active') return undefined
      return toActive(installed).kind === 'connector' ? describe(installed) : undefined
    },
  }

  async function describe(installed: InstallationDocument): Promise<InstalledConnector> {
    const release = await installedRelease(store, installed)
    if (!release) throw new Error(`${installed._id} is of a version that does not exist`)
    return connector(installed._id, await reports.passed(release.reportId))
  }
}

function connector(installationId: string, { package: held }: PassedReport): InstalledConnector {
  const { name: extension, version, manifest, describe } = held
  const { displayName, integrationType = 'CUSTOM', config, credentials } = manifest.annex
  return {
    installationId,
    extension,
    version,
    displayName,
    ...(manifest.description === undefined ? {} : { description: manifest.description }),
    integrationType,
    ...(config ? { configSchema: config as JsonObject } : {}),
    ...(credentials ? { credentialsSchema: credentials.schema as JsonObject, credentialType: credentials.type } : {}),
    streams: Object.fromEntries(
      Object.entries(describe.streams ?? {}).map(([name, stream]): [string, ConnectorStream] => [
        name,
        { ...stream, schema: stream.schema as JsonObject },
      ]),
    ),
    actions: Object.fromEntries(
      Object.entries(describe.actions ?? {}).map(([name, { params }]) => [name, params as JsonObject]),
    ),
  }
}
