import type { JsonObject } from '@annex/sdk/json'
import type {
  ConnectorStream,
  InstalledConnector,
  InstalledConnectors,
} from '../../runtime/connectors/installed-connectors.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { versions } from '../publishing/publishing-collections.ts'
import type { PassedReport, Reports } from '../publishing/reports.ts'
import { installations, toActive } from './installation-collections.ts'
import type { StoredInstallationSource } from './installation-source.ts'

const REASON = 'versions belong to publishers, which belong to no organization'

/** What the connector framework may build integrations on. */
export function createInstalledConnectors(deps: {
  store: Store
  source: StoredInstallationSource
  reports: Reports
}): InstalledConnectors {
  const { store, source, reports } = deps
  return {
    async list(organizationId) {
      const installed = (await source.list(organizationId)).filter(({ kind }) => kind === 'connector')
      const ids = [...new Set(installed.map(({ extension, version }) => `${extension}@${version}`))]
      const documents = await store.asSystem(REASON)(versions).getMany(ids)
      const byId = new Map(documents.map((document) => [document._id, document]))
      const found = installed.map(async ({ id, extension, version }) => {
        const document = byId.get(`${extension}@${version}`)
        if (!document) throw new Error(`${id} is of a version that does not exist`)
        return connector(id, await reports.passed(document.reportId))
      })
      return Promise.all(found)
    },
    async get(organizationId, installationId) {
      const installed = await store.forOrganization(organizationId)(installations).get(installationId)
      if (installed?.state !== 'active') return undefined
      const { kind, extension, version } = toActive(installed)
      if (kind !== 'connector') return undefined
      const document = await store.asSystem(REASON)(versions).get(`${extension}@${version}`)
      if (!document) throw new Error(`${installationId} is of a version that does not exist`)
      return connector(installationId, await reports.passed(document.reportId))
    },
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
  }
}
