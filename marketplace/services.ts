import { randomBytes } from 'node:crypto'
import { type Clock, systemClock } from '../runtime/clock.ts'
import type { Config } from '../runtime/config.ts'
import { createFiles } from '../runtime/host-api/files.ts'
import { createIds, type Ids } from '../runtime/ids.ts'
import { createLog, type Log } from '../runtime/log.ts'
import type { ActorSource } from '../runtime/permissions/principal.ts'
import { createContents } from '../runtime/platform/contents.ts'
import { createRuntime, type Runtime, runtimeCollections } from '../runtime/runtime.ts'
import { createPackageChecker, type PackageChecker } from '../runtime/sandbox/package-checker.ts'
import { createSecretBox } from '../runtime/secrets/secret-box.ts'
import { openStore } from '../runtime/storage/open-store.ts'
import type { Store } from '../runtime/storage/port.ts'
import { lockDataFolder } from '../runtime/storage/sqlite-lock.ts'
import { type Accounts, createAccounts } from './accounts/accounts.ts'
import { accountsCollections } from './accounts/accounts-collections.ts'
import { type Catalog, createCatalog } from './catalog/catalog.ts'
import { type CliDownload, createCliDownload } from './cli-download.ts'
import { createHousekeeping } from './housekeeping.ts'
import { createInstallationRemains } from './installation-remains.ts'
import { installationsCollections } from './installations/installation-collections.ts'
import { createInstallationKeys, type InstallationKeys } from './installations/installation-keys.ts'
import { createInstallationSource } from './installations/installation-source.ts'
import { createInstallations, type Installations } from './installations/installations.ts'
import { createInstalledConnectors } from './installations/installed-connectors.ts'
import { installedDraft } from './installations/installed-release.ts'
import { createLifecycle } from './installations/lifecycle.ts'
import { createUsageReports, type UsageReports } from './installations/usage-reports.ts'
import { createDeadPackages } from './publishing/dead-packages.ts'
import { createDrafts, type Drafts } from './publishing/drafts.ts'
import { drafts } from './publishing/drafts-collection.ts'
import { createPackageSource } from './publishing/package-source.ts'
import { createPublishing, type Publishing } from './publishing/publishing.ts'
import { publishingCollections } from './publishing/publishing-collections.ts'
import { PUBLISHING_LIMITS } from './publishing/publishing-limits.ts'
import { createReports } from './publishing/reports.ts'
import { createRetention } from './retention.ts'
import { reviewCollections } from './review/review-collections.ts'
import { createReviews, type Reviews } from './review/reviews.ts'
import { type ServiceHealth, serviceHealth } from './service-health.ts'
import { deriveKeys, masterKeyOf, type ServiceKeys } from './service-keys.ts'
import { createKeptAnswers, type KeptAnswers } from './traffic/kept-answers.ts'
import { createRateLimiter, type RateLimiter } from './traffic/rate-limiter.ts'
import { trafficCollections } from './traffic/traffic-collections.ts'

/** Everything that the gateway serves. The one place where parts are put together. */
export interface Services {
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly store: Store
  readonly runtime: Runtime
  readonly accounts: Accounts
  readonly publishing: Publishing
  readonly drafts: Drafts
  readonly reviews: Reviews
  readonly catalog: Catalog
  readonly installations: Installations
  readonly usage: UsageReports
  readonly installationKeys: InstallationKeys
  readonly limiter: RateLimiter
  readonly keptAnswers: KeptAnswers
  readonly cliDownload: CliDownload
  health(): Promise<ServiceHealth>
  readiness(): { state: 'starting' | 'ready' | 'draining' }
  /** Starts what works in the background; from then on the service is ready. */
  start(): Promise<void>
  /** Says to load balancers that the end is near. */
  drain(): void
  /** Ends everything in the order of who needs whom. Nothing that was acknowledged is lost. */
  stop(): Promise<void>
}

const COLLECTIONS = [
  ...runtimeCollections,
  ...accountsCollections,
  ...trafficCollections,
  ...publishingCollections,
  ...reviewCollections,
  ...installationsCollections,
  drafts,
]

/** Opens the store and composes the service on it. Throws `DataFolderInUse` when another process serves the folder. */
export async function createServices(
  config: Config,
  { clock = systemClock }: { clock?: Clock } = {},
): Promise<Services> {
  const embedded = config.store.kind === 'sqlite' && config.store.path !== ':memory:'
  const unlock = embedded ? lockDataFolder(config.dataFolder) : () => undefined
  try {
    const ids = createIds(() => clock.now())
    const store = await openStore({ engine: config.store, collections: COLLECTIONS, clock, ids })
    const keys = deriveKeys(config.masterKey ?? (await masterKeyOf(config.dataFolder)))
    const parts = await compose({ config, clock, ids, store, keys, log: createLog(config.logLevel) })
    return serviceOf(config, parts, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

/** What stands under every part. */
interface Ground {
  config: Config
  clock: Clock
  ids: Ids
  log: Log
  store: Store
  keys: ServiceKeys
}

type Parts = Omit<Services, 'health' | 'readiness' | 'start' | 'drain' | 'stop'> & { checker: PackageChecker }

async function compose(ground: Ground): Promise<Parts> {
  const { config, clock, ids, log, store, keys } = ground
  const checker = await createPackageChecker({ log })
  const secretBox = createSecretBox({ keys: [keys.box] })
  const reports = createReports(store)
  const source = createInstallationSource({ store })
  const packages = createPackageSource({ blobs: store.blobs, extract: (bytes) => checker.extract(bytes), log })
  const installed = createInstalledConnectors({ store, source, reports })
  const nodeId = `node-${randomBytes(6).toString('hex')}`
  const actors: ActorSource = { current: (actor) => accounts.currentActor(actor) }
  const sources = { installations: source, actors, packages, installed }
  const runtime = await createRuntime({ ...ground, ...sources, nodeId, secretBox, checker })
  const { audit, jobs, invocations } = runtime

  const base = { store, clock, ids, log, audit, jobs, reports }
  const reviews = createReviews(base)
  const publishing = createPublishing({
    ...base,
    reviewDesk: reviews,
    check: (bytes, options) => checker.check(bytes, options),
    userExists: async (userId) => (await accounts.users.get(userId)) !== undefined,
  })
  const mayPublishAs = async (userId: string, slug: string) =>
    (await publishing.publishers.roleOf(userId, slug)) !== undefined
  const { apiKeyPrefix, accessTokenLifetime } = config
  const accounts = createAccounts({ ...base, ...keys, apiKeyPrefix, accessTokenLifetime, mayPublishAs })
  const lifecycle = createLifecycle({ source, invocations })
  const remains = createInstallationRemains(base)
  const installations = createInstallations({ ...base, ...remains, packages, lifecycle, validate: checker.validate })
  return {
    ...{ clock, ids, log, store, checker, runtime, accounts, publishing, reviews, installations },
    drafts: createDrafts({
      ...base,
      check: (bytes, options) => checker.check(bytes, options),
      packageBytes: PUBLISHING_LIMITS.packageBytes,
      installedDraft: (organizationId, extension) => installedDraft(store, organizationId, extension),
    }),
    catalog: createCatalog(base),
    usage: createUsageReports({ ...base, meter: invocations.meter }),
    installationKeys: createInstallationKeys({ ...base, runtime }),
    limiter: createRateLimiter(base),
    keptAnswers: createKeptAnswers({ ...base, secretBox, pepper: keys.pepper }),
    cliDownload: createCliDownload({ log }),
  }
}

/** The parts with their life: what starts after what, and ends before what. */
function serviceOf({ egress }: Config, { checker, ...parts }: Parts, unlock: () => void): Services {
  const { store, runtime, catalog, accounts, limiter, keptAnswers, log } = parts
  const sweeps = [
    accounts,
    limiter,
    keptAnswers,
    createRetention(parts),
    createFiles(parts),
    createContents(parts),
    createDeadPackages(parts),
    parts.installations,
  ]
  const housekeeping = createHousekeeping({ log, sweeps })
  let state: ReturnType<Services['readiness']>['state'] = 'starting'
  return {
    ...parts,
    health: () => serviceHealth({ store, egress, isolation: runtime.sandbox.status().layers }),
    readiness: () => ({ state }),
    async start() {
      await catalog.start()
      runtime.start()
      housekeeping.start()
      state = 'ready'
    },
    drain: () => {
      state = 'draining'
    },
    async stop() {
      state = 'draining'
      await housekeeping.stop()
      catalog.stop()
      // In this order, and each whatever becomes of the one before: the lock must be given back in any case.
      const rest = [() => runtime.stop(), () => checker.close(), () => store.close()]
      const failures: unknown[] = []
      for (const close of rest) await close().catch((error: unknown) => failures.push(error))
      unlock()
      if (failures.length > 0) throw new AggregateError(failures, 'the service did not stop in order')
    },
  }
}
