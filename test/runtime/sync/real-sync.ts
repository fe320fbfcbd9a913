import { sites } from '../../../extensions-examples/costructor-erp/src/sites.ts'
import { systemClock } from '../../../runtime/clock.ts'
import { createIds } from '../../../runtime/ids.ts'
import type { ActiveInstallation, PackageCode } from '../../../runtime/installation-source.ts'
import { createLog } from '../../../runtime/log.ts'
import type { UserPrincipal } from '../../../runtime/permissions/principal.ts'
import type { Result } from '../../../runtime/result.ts'
import { createRuntime, type Runtime, runtimeCollections } from '../../../runtime/runtime.ts'
import { createPackageChecker } from '../../../runtime/sandbox/package-checker.ts'
import { createSecretBox } from '../../../runtime/secrets/secret-box.ts'
import { openStore, type StoreEngine } from '../../../runtime/storage/open-store.ts'
import type { Store } from '../../../runtime/storage/port.ts'
import type { StreamBinding } from '../../../runtime/sync/stream-binding.ts'
import { ALL_SCOPES } from '../../../sdk/scopes.ts'

export const ORGANIZATION = 'org_sites'
const CONNECTOR = 'ins_costructor'
const CLEANER = 'ins_cleaner'
const API_KEY = 'a-key-that-nobody-checks'

export const owner: UserPrincipal = {
  kind: 'user',
  userId: 'usr_owner',
  organizationId: ORGANIZATION,
  role: 'admin',
  grants: ALL_SCOPES.map((scope) => ({ scope })),
}

/** The whole runtime on a store, cage included, with Costructor's connector and the cleaner of sites installed. */
export interface RealSync {
  runtime: Runtime
  store: Store
  close(): Promise<void>
}

export interface RealSyncOptions {
  engine: StoreEngine
  /** Of the upstream that stands for `api.costructor.example`. */
  port: number
  code: { connector: PackageCode; cleaner: PackageCode }
  /** Names this process among those on the store. */
  nodeId: string
}

/** May be opened again on the same store, as after a restart. */
export async function openRealSync({ engine, port, code, nodeId }: RealSyncOptions): Promise<RealSync> {
  const log = createLog('silent')
  const clock = systemClock
  const ids = createIds(clock.now)
  const store = await openStore({ engine, collections: runtimeCollections, clock, ids })
  const checker = await createPackageChecker({ log })
  const active = [
    installation(CONNECTOR, 'connector', code.connector),
    installation(CLEANER, 'transformation', code.cleaner),
  ]
  const packages = new Map([code.connector, code.cleaner].map((one) => [one.digest, one]))
  const overrides = { 'api.costructor.example': { address: '127.0.0.1', port, scheme: 'http' as const } }
  const runtime = await createRuntime({
    ...{ store, clock, ids, log, nodeId, checker },
    // A sync that is held in the middle of a page would not end by itself, however long one waits.
    drainMs: 100,
    config: { requireIsolation: 'available', egress: { overrides, allowPrivateRanges: [] } },
    secretBox: createSecretBox({ keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }] }),
    installations: {
      active: async (organization, id) => active.find((one) => one.organizationId === organization && one.id === id),
      list: async (organization) => active.filter((one) => one.organizationId === organization),
    },
    actors: { current: async (actor) => actor },
    packages: { load: async (digest) => packages.get(digest) },
    installed: { list: async () => [connector], get: async (_, id) => (id === CONNECTOR ? connector : undefined) },
  })
  runtime.start()
  return {
    runtime,
    store,
    async close() {
      await runtime.stop()
      await checker.close()
      await store.close()
    },
  }
}

/** Makes an integration that brings sites in; answers its id. */
export async function connectSites(
  { runtime }: RealSync,
  { name, pageSize, clean }: { name: string; pageSize: number; clean: boolean },
): Promise<string> {
  const made = await runtime.integrations.create(owner, {
    name,
    connectorId: CONNECTOR,
    config: { pageSize },
    credentials: { apiKey: API_KEY },
    streams: {
      sites: {
        direction: 'INBOUND',
        resource: 'chantiers',
        fieldMappings: clean ? FIELDS : [...FIELDS, STATUS],
        transformations: clean ? [{ installation: CLEANER, order: 0 }] : [],
      },
    },
  })
  return orThrow(made).id
}

export function orThrow<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new Error(JSON.stringify(result.error))
}

const same = (field: string) => ({ sourceField: field, targetField: field })

/** Ten fields, half of them changed on the way. */
const FIELDS: StreamBinding['fieldMappings'] = [
  { ...same('reference'), required: true, transformation: { name: 'trim' } },
  { ...same('name'), required: true, transformation: { name: 'trim' } },
  { ...same('status'), transformation: [{ name: 'trim' }, { name: 'lowercase' }] },
  { ...same('client'), defaultValue: 'unknown' },
  same('street'),
  same('postalCode'),
  same('city'),
  { ...same('budget'), transformation: { name: 'toDecimal', scale: 2 } },
  { sourceField: 'startDate', targetField: 'startsOn' },
  { sourceField: 'endDate', targetField: 'endsOn' },
]

/** In the place of the cleaner: the platform takes its own words only. */
const STATUS: StreamBinding['fieldMappings'][number] = {
  ...same('status'),
  transformation: { name: 'map', table: { suspendu: 'PAUSED', clos: 'CLOSED' }, otherwise: 'ACTIVE' },
}

const connector = {
  installationId: CONNECTOR,
  extension: '@examples/costructor-erp',
  version: '1.0.0',
  displayName: 'Costructor ERP',
  integrationType: 'ERP' as const,
  configSchema: { type: 'object', properties: { pageSize: { type: 'integer' } } },
  credentialsSchema: { type: 'object', properties: { apiKey: { type: 'string' } } },
  credentialType: 'API_KEY' as const,
  streams: {
    sites: {
      schema: sites.schema,
      primaryKey: [...sites.primaryKey],
      cursorField: 'updatedAt',
      read: true,
      write: false,
    },
  },
  actions: {},
}

function installation(id: string, kind: ActiveInstallation['kind'], { digest }: PackageCode): ActiveInstallation {
  const host = 'api.costructor.example'
  const isConnector = kind === 'connector'
  return {
    ...{ id, organizationId: ORGANIZATION, extension: `@examples/${kind}`, kind, version: '1.0.0', digest, epoch: 1 },
    grants: isConnector ? [{ scope: 'write:chantiers' }] : [],
    egress: isConnector ? [{ host, scheme: 'https', port: 443 }] : [],
    injections: isConnector ? [{ host, in: 'header', name: 'Authorization', template: 'Bearer {{apiKey}}' }] : [],
    config: {},
  }
}
