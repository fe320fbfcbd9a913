import { randomBytes } from 'node:crypto'
import type { JsonObject } from '@annex/sdk/json'
import { ALL_SCOPES, type ScopeGrant } from '@annex/sdk/scopes'
import { Ajv } from 'ajv'
import type { Test } from 'tap'
import { createAudit } from '../../../runtime/audit/audit.ts'
import { auditCollections } from '../../../runtime/audit/audit-documents.ts'
import { createConnectors } from '../../../runtime/connectors/connectors.ts'
import type { ConnectorStream, InstalledConnector } from '../../../runtime/connectors/installed-connectors.ts'
import type { SchemaValidator, SchemaVerdict } from '../../../runtime/connectors/schema-validator.ts'
import { createIds } from '../../../runtime/ids.ts'
import type { ActiveInstallation } from '../../../runtime/installation-source.ts'
import { jobsCollections } from '../../../runtime/jobs/job.ts'
import { createJobs, type Jobs } from '../../../runtime/jobs/jobs.ts'
import { createLog } from '../../../runtime/log.ts'
import type { UserPrincipal } from '../../../runtime/permissions/principal.ts'
import { createPlatform, type Platform } from '../../../runtime/platform/platform.ts'
import { platformCollections } from '../../../runtime/platform/resource-collections.ts'
import { createSecretBox } from '../../../runtime/secrets/secret-box.ts'
import type { Store } from '../../../runtime/storage/port.ts'
import { createIntegrations, type Integrations } from '../../../runtime/sync/integrations.ts'
import { syncCollections } from '../../../runtime/sync/sync-collections.ts'
import { createSyncRun, SYNC_JOB } from '../../../runtime/sync/sync-run.ts'
import { createTestClock, type TestClock } from '../jobs/open-jobs.ts'
import { openTestStore } from '../storage/open-test-store.ts'
import { createFakeInvocations, type FakeInvocations } from './fake-invocations.ts'

export const ORG = 'org_a'
export const CONNECTOR = 'ins_erp'
export const CLEANER = 'ins_cleaner'

const EVERYTHING: readonly ScopeGrant[] = ALL_SCOPES.map((scope) => ({ scope }))

export const admin: UserPrincipal = {
  kind: 'user',
  userId: 'usr_admin',
  organizationId: ORG,
  role: 'admin',
  grants: EVERYTHING,
}

export interface SyncNode {
  jobs: Jobs
  integrations: Integrations
  platform: Platform
}

export interface TestSync extends SyncNode {
  store: Store
  clock: TestClock
  invocations: FakeInvocations
  /** What is installed, to be changed by a test. */
  installed: Map<string, ActiveInstallation>
  streams: Record<string, ConnectorStream>
  pauses: number[]
  /** Another process on the same store, or on a view of it. */
  node(store: Store, nodeId: string): SyncNode
}

export const SITES: ConnectorStream = {
  schema: { type: 'object', required: ['id', 'nom'], properties: { id: { type: 'string' }, nom: { type: 'string' } } },
  primaryKey: ['id'],
  cursorField: 'updatedAt',
  read: true,
  write: false,
}

export const HOURS: ConnectorStream = { schema: { type: 'object' }, primaryKey: ['id'], read: false, write: true }

const log = createLog('silent')

/** The upper half of the runtime on a real store; only the sandbox is replaced. */
export async function openSync(t: Pick<Test, 'teardown'>): Promise<TestSync> {
  const clock = createTestClock()
  const collections = [...auditCollections, ...jobsCollections, ...platformCollections, ...syncCollections]
  const store = await openTestStore(t, collections, { clock })
  const shared = {
    clock,
    ids: createIds(() => clock.now()),
    invocations: createFakeInvocations(),
    installed: new Map([active(CONNECTOR, 'connector'), active(CLEANER, 'transformation')].map((one) => [one.id, one])),
    streams: { sites: SITES, hours: HOURS },
    pauses: [] as number[],
    secretBox: createSecretBox({ keys: [{ id: 'k1', key: randomBytes(32) }] }),
    closers: [] as (() => Promise<void>)[],
  }
  t.teardown(async () => {
    for (const close of shared.closers) await close()
  })
  const node = (view: Store, nodeId: string): SyncNode => createNode(shared, view, nodeId)
  return { store, ...shared, node, ...node(store, 'n1') }
}

type Shared = Omit<TestSync, keyof SyncNode | 'store' | 'node'> & {
  ids: ReturnType<typeof createIds>
  secretBox: ReturnType<typeof createSecretBox>
  closers: (() => Promise<void>)[]
}

function createNode(shared: Shared, store: Store, nodeId: string): SyncNode {
  const { clock, ids, invocations, installed, secretBox, pauses } = shared
  const audit = createAudit({ store, clock, ids, nodeId, log })
  const platform = createPlatform({ store, clock, ids, audit })
  const jobs = createJobs({ store, clock, ids, log, nodeId, random: () => 0.5, drainMs: 20 })
  const installations = {
    active: async (organizationId: string, id: string) => (organizationId === ORG ? installed.get(id) : undefined),
  }
  const connectors = createConnectors({
    installed: {
      list: async (organizationId) => (organizationId === ORG ? [connector(shared.streams)] : []),
      get: async (organizationId, id) =>
        organizationId === ORG && id === CONNECTOR ? connector(shared.streams) : undefined,
    },
    validator,
  })
  const deps = { store, clock, ids, audit, secretBox, installations, connectors, invocations }
  const sleep = async (milliseconds: number): Promise<void> => void pauses.push(milliseconds)
  jobs.register(SYNC_JOB, createSyncRun({ ...deps, platform, validator, sleep }))
  shared.closers.push(async () => {
    await jobs.stop()
    await audit.close().catch(() => {})
  })
  return { jobs, platform, integrations: createIntegrations({ ...deps, jobs }) }
}

function active(id: string, kind: 'connector' | 'transformation'): ActiveInstallation {
  return {
    id,
    organizationId: ORG,
    extension: `@acme/${kind}`,
    kind,
    version: '1.0.0',
    digest: '0'.repeat(64),
    epoch: 1,
    grants: EVERYTHING,
    egress: [],
    injections: [],
    config: {},
  }
}

function connector(streams: Record<string, ConnectorStream>): InstalledConnector {
  return {
    installationId: CONNECTOR,
    extension: '@acme/connector',
    version: '1.0.0',
    displayName: 'Acme ERP',
    integrationType: 'ERP',
    configSchema: { type: 'object', properties: { site: { type: 'string' } }, additionalProperties: false },
    credentialsSchema: {
      type: 'object',
      required: ['apiKey'],
      properties: { apiKey: { type: 'string', minLength: 8 } },
    },
    credentialType: 'API_KEY',
    streams,
    actions: {},
  }
}

const ajv = new Ajv({ allErrors: true })

/** In place of the caged checker: these schemas are the test's own. */
export const validator: SchemaValidator = {
  validate: async (schema, value) => verdict(schema, value),
  validateMany: async (schema, values) => values.map((value) => verdict(schema, value)),
}

function verdict(schema: JsonObject, value: unknown): SchemaVerdict {
  const validate = ajv.compile(schema)
  if (validate(value)) return { ok: true }
  const errors = (validate.errors ?? []).map(({ instancePath, message }) => ({
    path: instancePath,
    message: message ?? '',
  }))
  return { ok: false, errors }
}
