import { randomBytes } from 'node:crypto'
import type { CostructorServer } from '../../extensions-examples/costructor-erp/server/costructor-server.ts'
import { type Client, createClient, type Reply, textAt, valueAt } from './client.ts'
import { eventually } from './eventually.ts'
import type { Service } from './start-service.ts'

/** An organization whose sites come from the ERP: connector and transformation installed, integration made. */
export interface SiteSync {
  admin: Client
  integrationId: string
}

/** What a sync left behind, in a form that two runs can be compared by: no ids, no instants. */
export interface SyncedData {
  /** JSON text of each record's own fields, sorted. */
  records: string[]
  /** `<external id> <code>` of each open row, sorted. */
  quarantined: string[]
}

/** Small, so that there are many moments between two commits. */
const PAGE_SIZE = 25
const INSTALL_MS = 30_000
/** On MongoDB a restarted sync may have to wait a minute for the locks of the process that was killed. */
const SYNC_MS = process.env.TEST_ENGINE === 'mongodb' ? 200_000 : 60_000

/** Settings that lead the ERP's name to the server on this machine. */
export function erpSettings(erp: CostructorServer): Record<string, string> {
  const override = { address: '127.0.0.1', port: erp.port, scheme: 'http' }
  return { ANNEX_EGRESS_OVERRIDES: JSON.stringify({ 'api.costructor.example': override }) }
}

/** Founds an organization and connects it, over HTTP only. The catalog's examples are there once the service has seeded. */
export async function connectSites(service: Service, erp: CostructorServer): Promise<SiteSync> {
  const admin = await newAdmin(service)
  await eventually('the examples are in the catalog', () => inCatalog(admin, 'costructor-erp'), {
    withinMs: INSTALL_MS,
  })
  await eventually('the examples are in the catalog', () => inCatalog(admin, 'site-cleaner'), { withinMs: INSTALL_MS })
  const connector = await install(admin, 'costructor-erp')
  const cleaner = await install(admin, 'site-cleaner')
  const made = await admin.expect('POST', '/api/integrations', {
    name: 'ERP',
    connectorId: connector,
    config: { pageSize: PAGE_SIZE },
    credentials: { apiKey: erp.apiKey },
    streams: { sites: binding(cleaner) },
  })
  return { admin, integrationId: textAt(made, 'id') }
}

/** Starts a sync and does not wait: the service may be dead before it answers. */
export function startSync({ admin, integrationId }: SiteSync): void {
  admin.call('POST', `/api/integrations/${integrationId}/sync`, {}).catch(() => undefined)
}

export async function isRunning({ admin, integrationId }: SiteSync): Promise<boolean> {
  const reply = await admin.expect('GET', `/api/integrations/${integrationId}/status`)
  return valueAt(reply, 'activeRun') !== undefined
}

/** Waits until the run that was started is over, restarts in between included; answers its final state. */
export async function endOfSync({ admin, integrationId }: SiteSync): Promise<string> {
  const ask = async () => {
    const reply = await admin.call('GET', `/api/integrations/${integrationId}/status`).catch(() => undefined)
    if (reply?.status !== 200 || valueAt(reply, 'activeRun') !== undefined) return undefined
    return valueAt(reply, 'lastResult') === undefined ? undefined : textAt(reply, 'lastResult.state')
  }
  return eventually('the sync ends by itself', ask, { withinMs: SYNC_MS, everyMs: 100 })
}

export async function syncedData({ admin, integrationId }: SiteSync): Promise<SyncedData> {
  const records = await readAll(admin, '/api/v1/chantiers')
  const rows = await readAll(admin, `/api/integrations/${integrationId}/quarantine`)
  return {
    records: records.map(({ id: _, rev: __, createdAt: ___, updatedAt: ____, ...fields }) => canonical(fields)).sort(),
    quarantined: rows.map(({ externalId, code }) => `${externalId} ${code}`).sort(),
  }
}

async function newAdmin(service: Service): Promise<Client> {
  const nobody = createClient(service.url)
  const name = randomBytes(6).toString('hex')
  const account = { email: `${name}@example.com`, password: `Long-enough-${name}-1`, name, organization: name }
  const session = await nobody.expect('POST', '/api/auth/register', account)
  return createClient(service.url, {
    authorization: `Bearer ${textAt(session, 'accessToken')}`,
    'x-organization': textAt(session, 'organization.id'),
  })
}

async function inCatalog(admin: Client, name: string): Promise<true | undefined> {
  const reply = await admin.call('GET', `/api/marketplace/catalog/examples/${name}`)
  return reply.status === 200 ? true : undefined
}

/** Agrees to the least that the extension asks for, and waits until it runs. */
async function install(admin: Client, name: string): Promise<string> {
  const path = `/api/marketplace/install/examples/${name}`
  const consent = await admin.expect('POST', path, {}, [409])
  const grant = valueAt(consent, 'details.grant')
  const installed = await admin.expect('POST', path, { grant }, [200, 202])
  const id = installationIdOf(installed)
  const active = async () => {
    const reply = await admin.expect('GET', `/api/marketplace/installations/${id}`)
    const state = textAt(reply, 'state')
    if (state === 'failed') throw new Error(`${name}: ${JSON.stringify(reply.body)}`)
    return state === 'active' ? id : undefined
  }
  return eventually(`${name} is installed`, active, { withinMs: INSTALL_MS })
}

function installationIdOf(reply: Reply): string {
  return textAt(reply, valueAt(reply, 'id') === undefined ? 'installation.id' : 'id')
}

function binding(cleaner: string): object {
  const same = (field: string) => ({ sourceField: field, targetField: field })
  return {
    direction: 'INBOUND',
    resource: 'chantiers',
    fieldMappings: [
      ...['reference', 'name', 'status', 'client', 'street', 'postalCode', 'city', 'budget'].map(same),
      { sourceField: 'startDate', targetField: 'startsOn' },
      { sourceField: 'endDate', targetField: 'endsOn' },
    ],
    transformations: [{ installation: cleaner, order: 0 }],
  }
}

async function readAll(admin: Client, path: string): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = []
  let cursor: unknown
  do {
    const query = new URLSearchParams({ limit: '100', ...(typeof cursor === 'string' ? { cursor } : {}) })
    const reply = await admin.expect('GET', `${path}?${query}`)
    found.push(...(valueAt(reply, 'data') as Record<string, unknown>[]))
    cursor = valueAt(reply, 'nextCursor')
  } while (cursor !== undefined)
  return found
}

function canonical(fields: Record<string, unknown>): string {
  return JSON.stringify(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)))
}
