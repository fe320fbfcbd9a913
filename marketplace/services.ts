import { setTimeout as sleep } from 'node:timers/promises'
import { randomBytes } from 'node:crypto'
import { createAudit, type Audit } from '../runtime/audit/audit.ts'
import { auditCollections } from '../runtime/audit/audit-documents.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import type { Config } from '../runtime/config.ts'
import { createConnectors, type Connectors } from '../runtime/connectors/connectors.ts'
import { createEgress, type Egress } from '../runtime/egress/egress.ts'
import { createHostApi } from '../runtime/host-api/host-api.ts'
import { hostApiCollections } from '../runtime/host-api/kv-documents.ts'
import { createIds, type Ids } from '../runtime/ids.ts'
import { createInvocations, type InvocationsService } from '../runtime/invocations/invocations.ts'
import { invocationsCollections } from '../runtime/invocations/invocations-collections.ts'
import { jobsCollections } from '../runtime/jobs/job.ts'
import { createJobs, type Jobs } from '../runtime/jobs/jobs.ts'
import { createLog, type Log } from '../runtime/log.ts'
import { createPlatform, type Platform } from '../runtime/platform/platform.ts'
import { platformCollections } from '../runtime/platform/resource-collections.ts'
import { createPackageChecker, type PackageChecker } from '../runtime/sandbox/package-checker.ts'
import type { Sandbox } from '../runtime/sandbox/run.ts'
import { createSandbox } from '../runtime/sandbox/sandbox.ts'
import { createSecretBox, type SecretBox } from '../runtime/secrets/secret-box.ts'
import { openStore } from '../runtime/storage/open-store.ts'
import type { Store } from '../runtime/storage/port.ts'
import { createIntegrations, type Integrations } from '../runtime/sync/integrations.ts'
import { syncCollections } from '../runtime/sync/sync-collections.ts'
import { createSyncRun, SYNC_JOB } from '../runtime/sync/sync-run.ts'
import { type Accounts, createAccounts } from './accounts/accounts.ts'
import { accountsCollections } from './accounts/accounts-collections.ts'
import { installationsCollections } from './installations/installation-collections.ts'
import { createInstallationSource } from './installations/installation-source.ts'
import { createInstalledConnectors } from './installations/installed-connectors.ts'
import { createPackageSource } from './publishing/package-source.ts'
import { publishingCollections } from './publishing/publishing-collections.ts'
import { reviewCollections } from './review/review-collections.ts'
import { deriveKeys, masterKeyOf } from './service-keys.ts'
import { createKeptAnswers, type KeptAnswers } from './traffic/kept-answers.ts'
import { createRateLimiter, type RateLimiter } from './traffic/rate-limiter.ts'
import { trafficCollections } from './traffic/traffic-collections.ts'

export interface Runtime {
  audit: Audit
  platform: Platform
  jobs: Jobs
  connectors: Connectors
  integrations: Integrations
  invocations: InvocationsService
  sandbox: Sandbox
  checker: PackageChecker
  egress: Egress
  secretBox: SecretBox
}

export interface Services {
  clock: Clock
  ids: Ids
  log: Log
  store: Store
  runtime: Runtime
  accounts: Accounts
  limiter: RateLimiter
  keptAnswers: KeptAnswers
  health(): Promise<any>
  readiness(): any
  start(): Promise<void>
  open(): void
  drain(): void
  stop(): Promise<void>
  seed(print: (line: string) => void): Promise<void>
}

export async function createServices(config: Config, deps: { clock?: Clock } = {}): Promise<Services> {
  const clock = deps.clock ?? systemClock
  const ids = createIds(() => clock.now())
  const log = createLog(config.logLevel)
  const keys = deriveKeys(config.masterKey ?? (await masterKeyOf(config.dataFolder)))
  const nodeId = randomBytes(6).toString('hex')
  const store = await openStore({ engine: config.store, clock, ids, collections: [
    ...auditCollections, ...platformCollections, ...jobsCollections, ...hostApiCollections, ...invocationsCollections, ...syncCollections,
    ...accountsCollections, ...trafficCollections, ...publishingCollections, ...reviewCollections, ...installationsCollections ] })
  const audit = createAudit({ store, clock, ids, nodeId, log })
  const secretBox = createSecretBox({ keys: [keys.box] })
  const platform = createPlatform({ store, clock, ids, audit })
  const jobs = createJobs({ store, clock, ids, log, nodeId })
  const egress = createEgress({ ...config.egress, audit, clock, log })
  const hostApi = createHostApi({ platform, egress, store, audit, clock, log })
  const sandbox = await createSandbox({ log })
  const checker = await createPackageChecker({ log })
  const source = createInstallationSource({ store })
  const packages = createPackageSource({ blobs: store.blobs, extract: (b) => checker.extract(b), log })
  const invocations = createInvocations({ sandbox, hostApi, installations: source, packages, store, clock, ids, audit, log })
  const connectors = createConnectors({ installed: createInstalledConnectors({ store, source } as any), validator: checker })
  const integrations = createIntegrations({ store, clock, ids, audit, secretBox, installations: source, connectors, invocations, jobs })
  jobs.register(SYNC_JOB, createSyncRun({ store, clock, ids, audit, secretBox, platform, installations: source, connectors, invocations, validator: checker, sleep: async (ms, signal) => { await sleep(ms, undefined, { signal }) } }))
  const accounts = createAccounts({ store, clock, ids, audit, ...keys, apiKeyPrefix: config.apiKeyPrefix, mayPublishAs: async () => false })
  let state = 'starting'
  return { clock, ids, log, store, accounts, runtime: { audit, platform, jobs, connectors, integrations, invocations, sandbox, checker, egress, secretBox },
    limiter: createRateLimiter({ store, clock }), keptAnswers: createKeptAnswers({ store, clock, secretBox, pepper: keys.pepper }),
    health: async () => ({ status: 'ok', version: '0', uptimeSeconds: 1, node: process.version, store: { engine: store.engine, ok: true, ms: 1 }, isolation: sandbox.status().layers, egress: { overrides: [], allowedPrivateRanges: [] } }),
    readiness: () => ({ state }), start: async () => { jobs.start() }, open: () => { state = 'ready' }, drain: () => { state = 'draining' },
    stop: async () => { await jobs.stop(); await sandbox.close(); await checker.close(); await egress.close(); await audit.close(); await store.close() },
    seed: async () => {} }
}
