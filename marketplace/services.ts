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
import { createCompareRuns } from '../runtime/trials/compare-runs.ts'
import { trialReport } from '../runtime/trials/trial-report.ts'
import { type Accounts, createAccounts } from './accounts/accounts.ts'
import { accountsCollections } from './accounts/accounts-collections.ts'
import { type Analytics, createAnalytics } from './analytics/analytics.ts'
import { analyticsCollections } from './analytics/analytics-collections.ts'
import { ANALYTICS_CONSUMER } from './analytics/follow-installs.ts'
import { type AbuseReports, createAbuseReports } from './catalog/abuse-reports.ts'
import { type Catalog, createCatalog } from './catalog/catalog.ts'
import { createEntitlements, type Entitlements } from './catalog/entitlements.ts'
import { listingCollections } from './catalog/listing-collections.ts'
import { createPages, type Pages } from './catalog/pages.ts'
import { createRatings, type Ratings } from './catalog/ratings.ts'
import { type CliDownload, createCliDownload } from './cli-download.ts'
import { createHousekeeping } from './housekeeping.ts'
import { createInstallationRemains } from './installation-remains.ts'
import { holdUnsigned } from './installations/hold-unsigned.ts'
import { createInstallRequests, type InstallRequests } from './installations/install-requests.ts'
import { installationsCollections } from './installations/installation-collections.ts'
import { createInstallationKeys, type InstallationKeys } from './installations/installation-keys.ts'
import { createInstallationSource } from './installations/installation-source.ts'
import { createInstallations, type Installations } from './installations/installations.ts'
import { createInstalledConnectors } from './installations/installed-connectors.ts'
import { installedDraft } from './installations/installed-release.ts'
import { createKilledRows } from './installations/killed-rows.ts'
import { createLicences } from './installations/licences.ts'
import { createLifecycle } from './installations/lifecycle.ts'
import { createUpgradeDefaults, type UpgradeDefaults } from './installations/upgrade-defaults.ts'
import { createUsageReports, type UsageReports } from './installations/usage-reports.ts'
import { gatedPackages } from './kill-list/gated-packages.ts'
import { createKillFollower, type KillFollower } from './kill-list/kill-follower.ts'
import { createKillList, type KillList } from './kill-list/kill-list.ts'
import { killListCollections } from './kill-list/kill-list-collections.ts'
import { createMailer } from './notifications/mailer.ts'
import { notificationCollections } from './notifications/notification-collections.ts'
import { createNotifications, NOTIFICATION_CONSUMERS, type Notifications } from './notifications/notifications.ts'
import { createDeadPackages } from './publishing/dead-packages.ts'
import { createDomainProbe } from './publishing/domain-probe.ts'
import { createDomainVerification, type DomainVerification } from './publishing/domain-verification.ts'
import { createDrafts, type Drafts } from './publishing/drafts.ts'
import { drafts } from './publishing/drafts-collection.ts'
import { createPackageSource } from './publishing/package-source.ts'
import { createPublisherInvitations, type PublisherInvitations } from './publishing/publisher-invitations.ts'
import { createPublishing, type Publishing } from './publishing/publishing.ts'
import { publishingCollections } from './publishing/publishing-collections.ts'
import { PUBLISHING_LIMITS } from './publishing/publishing-limits.ts'
import { createReports } from './publishing/reports.ts'
import { createRuleData, type RuleData } from './publishing/rule-data.ts'
import { createSigning, type Signing } from './publishing/signing/signing.ts'
import { signingCollections } from './publishing/signing/signing-collections.ts'
import { createTxtLookup } from './publishing/txt-lookup.ts'
import type { PackageCheck } from './publishing/validate-submission.ts'
import { createVersionLife, type VersionLife } from './publishing/version-life.ts'
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
  readonly publisherInvitations: PublisherInvitations
  readonly publisherDomains: DomainVerification
  readonly signing: Signing
  readonly killList: KillList
  readonly versionLife: VersionLife
  readonly ratings: Ratings
  readonly abuseReports: AbuseReports
  readonly entitlements: Entitlements
  readonly pages: Pages
  readonly analytics: Analytics
  readonly drafts: Drafts
  readonly reviews: Reviews
  readonly notifications: Notifications
  readonly catalog: Catalog
  readonly ruleData: RuleData
  readonly installations: Installations
  readonly installRequests: InstallRequests
  readonly upgradeDefaults: UpgradeDefaults
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

/** Everything that a service stores. */
export const serviceCollections = [
  ...runtimeCollections,
  ...accountsCollections,
  ...trafficCollections,
  ...publishingCollections,
  ...signingCollections,
  ...killListCollections,
  ...reviewCollections,
  ...notificationCollections,
  ...listingCollections,
  ...installationsCollections,
  ...analyticsCollections,
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
    const store = await openStore({ engine: config.store, collections: serviceCollections, clock, ids })
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

type Parts = Omit<Services, 'health' | 'readiness' | 'start' | 'drain' | 'stop'> & {
  checker: PackageChecker
  follower: KillFollower
}

async function compose(ground: Ground): Promise<Parts> {
  const { config, clock, ids, log, store, keys } = ground
  const checker = await createPackageChecker({ log })
  const secretBox = createSecretBox({ keys: [keys.box] })
  const reports = createReports(store)
  const source = createInstallationSource({ store })
  const follower = createKillFollower({ store, log, secretBox })
  const { gate } = follower
  const stored = createPackageSource({
    ...{ blobs: store.blobs, log },
    signatures: (code) => signing.check(code),
    extract: (bytes) => checker.extract(bytes),
  })
  const vouched = holdUnsigned(stored, () => ({ ...ground, audit: runtime.audit }))
  const packages = gatedPackages(vouched, gate)
  const installed = createInstalledConnectors({ store, source, reports })
  const nodeId = `node-${randomBytes(6).toString('hex')}`
  const actors: ActorSource = { current: (actor) => accounts.currentActor(actor) }
  const analytics = createAnalytics({ store, clock, log })
  const sources = { installations: source, actors, packages, gate, observe: analytics.meter.ran, installed }
  const runtime = await createRuntime({ ...ground, ...sources, nodeId, secretBox, checker })
  const { audit, jobs, invocations } = runtime

  const signing = createSigning({ store, clock, ids, log, audit, jobs, secretBox })
  const base = { store, clock, ids, log, audit, jobs, reports, signer: signing.signer }
  const trials = { checker, sandbox: runtime.sandbox }
  const reviews = createReviews({ ...base, checker, compareRuns: createCompareRuns(trials) })
  const ruleData = createRuleData(base)
  const catalog = createCatalog(base)
  const check: PackageCheck = (bytes, options) => trialReport(trials, bytes, options)
  const publishing = createPublishing({
    ...base,
    reviewDesk: reviews,
    ruleData,
    similarNames: (extension) => catalog.similarNames(extension),
    check,
  })
  const mayPublishAs = async (userId: string, slug: string) =>
    (await publishing.publishers.roleOf(userId, slug)) !== undefined
  const { apiKeyPrefix, accessTokenLifetime } = config
  const accounts = createAccounts({ ...base, ...keys, apiKeyPrefix, accessTokenLifetime, mayPublishAs })
  const limiter = createRateLimiter(base)
  const probe = createDomainProbe({ egress: runtime.egress, lookupTxt: createTxtLookup() })
  const lifecycle = createLifecycle({ invocations })
  const remains = createInstallationRemains(base)
  const automaticUpgrades = config.marketplace
  const installing = { ...base, ...remains, packages, lifecycle, validate: checker.validate, automaticUpgrades }
  const installations = createInstallations(installing)
  const rows = createKilledRows(installing)
  const licences = createLicences(installing)
  const killList = createKillList({ ...base, keys: signing.keys, secretBox, follower, rows })
  return {
    ...{ clock, ids, log, store, checker, runtime, accounts, publishing, signing, reviews, installations, follower },
    analytics,
    killList,
    versionLife: createVersionLife({ ...base, killList }),
    ratings: createRatings({ ...base, hasUsed: licences.hasUsed }),
    abuseReports: createAbuseReports({ ...base, reported: reviews.reported }),
    entitlements: createEntitlements({ ...base, license: licences.license }),
    pages: createPages({ ...base, checker, releases: catalog }),
    drafts: createDrafts({
      ...base,
      // Not run first: its author is about to, in an organization of his own.
      check: (bytes, options) => checker.check(bytes, options),
      packageBytes: PUBLISHING_LIMITS.packageBytes,
      installedDraft: (organizationId, extension) => installedDraft(store, organizationId, extension),
    }),
    publisherInvitations: createPublisherInvitations({ ...base, pepper: keys.pepper }),
    publisherDomains: createDomainVerification({ ...base, limiter, probe }),
    catalog,
    ruleData,
    notifications: createNotifications({
      ...{ ...base, secretBox, egress: runtime.egress },
      mailer: config.mail && createMailer(config.mail),
    }),
    installRequests: createInstallRequests({ ...base, installations }),
    upgradeDefaults: createUpgradeDefaults(base),
    usage: createUsageReports({ ...base, meter: invocations.meter }),
    installationKeys: createInstallationKeys({ ...base, runtime }),
    limiter,
    keptAnswers: createKeptAnswers({ ...base, secretBox, pepper: keys.pepper }),
    cliDownload: createCliDownload({ log }),
  }
}

/** The parts with their life: what starts after what, and ends before what. */
function serviceOf({ egress }: Config, { checker, follower, ...parts }: Parts, unlock: () => void): Services {
  const { store, runtime, catalog, accounts, publishing, limiter, keptAnswers, log } = parts
  const sweeps = [
    accounts,
    limiter,
    keptAnswers,
    createRetention({ ...parts, consumers: [ANALYTICS_CONSUMER, ...NOTIFICATION_CONSUMERS] }),
    createFiles(parts),
    createContents(parts),
    createDeadPackages(parts),
    parts.installations,
    parts.publisherInvitations,
    parts.publisherDomains,
    parts.signing.keys,
    parts.notifications,
    parts.entitlements,
    parts.analytics,
  ]
  const housekeeping = createHousekeeping({ log, sweeps })
  let state: ReturnType<Services['readiness']>['state'] = 'starting'
  return {
    ...parts,
    health: () =>
      serviceHealth({ store, egress, isolation: runtime.sandbox.status().layers, killList: follower.state() }),
    readiness: () => ({ state }),
    async start() {
      await catalog.start()
      await parts.killList.start()
      runtime.start()
      parts.notifications.start()
      parts.analytics.start()
      await publishing.rechecks.begin()
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
      const { analytics, notifications, killList } = parts
      const rest = [runtime.stop, analytics.stop, notifications.stop, killList.stop, checker.close, store.close]
      const failures: unknown[] = []
      for (const close of rest) await close().catch((error: unknown) => failures.push(error))
      unlock()
      if (failures.length > 0) throw new AggregateError(failures, 'the service did not stop in order')
    },
  }
}
