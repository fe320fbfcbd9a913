import type { Test } from 'tap'
import { accountsCollections, type PlatformRole } from '../../../marketplace/accounts/accounts-collections.ts'
import type { Identity } from '../../../marketplace/accounts/identity.ts'
import { createCatalog } from '../../../marketplace/catalog/catalog.ts'
import { listingCollections } from '../../../marketplace/catalog/listing-collections.ts'
import type { Outcome } from '../../../marketplace/errors.ts'
import { installationsCollections } from '../../../marketplace/installations/installation-collections.ts'
import { createInstallationSource } from '../../../marketplace/installations/installation-source.ts'
import { killListCollections } from '../../../marketplace/kill-list/kill-list-collections.ts'
import { drafts } from '../../../marketplace/publishing/drafts-collection.ts'
import { createPackageSource } from '../../../marketplace/publishing/package-source.ts'
import { createPublishing, type Publishing } from '../../../marketplace/publishing/publishing.ts'
import { publishingCollections } from '../../../marketplace/publishing/publishing-collections.ts'
import type { PublishingLimits } from '../../../marketplace/publishing/publishing-limits.ts'
import { createReports } from '../../../marketplace/publishing/reports.ts'
import { createRuleData } from '../../../marketplace/publishing/rule-data.ts'
import { createSigning } from '../../../marketplace/publishing/signing/signing.ts'
import { signingCollections } from '../../../marketplace/publishing/signing/signing-collections.ts'
import { reviewCollections } from '../../../marketplace/review/review-collections.ts'
import { createReviews, type Reviews } from '../../../marketplace/review/reviews.ts'
import { jobsCollections } from '../../../runtime/jobs/job.ts'
import { createJobs, type Jobs } from '../../../runtime/jobs/jobs.ts'
import { createLog } from '../../../runtime/log.ts'
import { createPackageChecker, type PackageChecker } from '../../../runtime/sandbox/package-checker.ts'
import { createSecretBox } from '../../../runtime/secrets/secret-box.ts'
import type { Collection, Stored } from '../../../runtime/storage/port.ts'
import type { CompareRuns } from '../../../runtime/trials/compare-runs.ts'
import { openTestAudit, type TestPlace } from '../../runtime/audit/open-test-audit.ts'
import { changedPackage, type Files, type ManifestChange } from '../../sdk/package/good-package.ts'

export type Rig = Awaited<ReturnType<typeof openMarketplace>>

/** Publishing, review and catalog on an empty real store, with the real queue and the caged checker. */
export async function openMarketplace(
  t: Pick<Test, 'teardown'>,
  options: {
    checker?: PackageChecker
    limits?: Partial<PublishingLimits>
    /** What it takes to run packages side by side; without it nothing is run. */
    compareRuns?: CompareRuns
    more?: readonly Collection<Stored>[]
    place?: TestPlace
  } = {},
) {
  const log = createLog('silent')
  const base = await openTestAudit(
    t,
    [
      ...accountsCollections,
      ...publishingCollections,
      ...signingCollections,
      ...reviewCollections,
      ...killListCollections,
      ...listingCollections,
      ...installationsCollections,
      drafts,
      ...jobsCollections,
      ...(options.more ?? []),
    ],
    options.place,
  )
  const { store, clock, ids, audit } = base
  const checker = options.checker ?? (await openChecker(t))
  const jobs = createJobs({ store, clock, ids, log, nodeId: 'node-1' })
  t.teardown(() => jobs.stop())
  const reports = createReports(store)
  const secretBox = createSecretBox({ keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }] })
  const signing = createSigning({ store, clock, ids, audit, jobs, log, secretBox })
  const { signer } = signing
  const reviews = createReviews({
    ...{ store, clock, ids, audit, reports, signer, jobs, checker },
    compareRuns: options.compareRuns ?? (async () => Promise.reject(new Error('nothing is run here'))),
  })
  const ruleData = createRuleData({ store, clock, audit })
  const catalog = createCatalog({ store, clock, reports })
  t.teardown(() => catalog.stop())
  const publishing = createPublishing({
    store,
    clock,
    ids,
    audit,
    jobs,
    reports,
    reviewDesk: reviews,
    check: (bytes, checkOptions) => checker.check(bytes, checkOptions),
    ruleData,
    similarNames: (extension) => catalog.similarNames(extension),
    ...(options.limits ? { limits: options.limits } : {}),
  })
  const source = createInstallationSource({ store })
  const packages = createPackageSource({
    ...{ blobs: store.blobs, log, signatures: signing.check },
    extract: (bytes) => checker.extract(bytes),
  })

  /** A person with a session. */
  function person(name: string, platformRoles: PlatformRole[] = []): Identity {
    const userId = `usr_${name}`
    return {
      kind: 'user',
      userId,
      email: `${name}@example.com`,
      platformRoles,
      organizationIds: [],
      publisherScopes: [],
    }
  }

  const made = {
    log,
    jobs,
    secretBox,
    reports,
    signing,
    signer,
    reviews,
    publishing,
    catalog,
    ruleData,
    source,
    packages,
  }
  const rig = { ...base, ...made, checker, person }
  return { ...rig, ...steps(rig) }
}

/** A checker that several stores of one test file share: a caged child takes a while to start. */
export async function openChecker(t: Pick<Test, 'teardown'>): Promise<PackageChecker> {
  const checker = await createPackageChecker({ log: createLog('silent') })
  t.teardown(() => checker.close())
  return checker
}

/** A package of the publisher `acme`, at a version, changed in one place. */
export function packageOf(version: string, change: { files?: Files; manifest?: ManifestChange } = {}): Uint8Array {
  return changedPackage({
    ...change,
    manifest: (manifest) => {
      manifest.version = version
      change.manifest?.(manifest)
    },
  })
}

/** The value of what must have gone well. */
export function got<T>(outcome: { ok: true; value: T } | { ok: false; error: { code: string; message: string } }): T {
  if (!outcome.ok) throw new Error(`refused: ${outcome.error.code} ${outcome.error.message}`)
  return outcome.value
}

/** The code of what must have been refused. */
export function codeOf(outcome: Outcome<unknown>): string {
  if (outcome.ok) throw new Error(`not refused: ${JSON.stringify(outcome)}`)
  return outcome.error.code
}

interface Made {
  jobs: Jobs
  reviews: Reviews
  publishing: Publishing
  person(name: string, platformRoles?: PlatformRole[]): Identity
}

function steps({ jobs, reviews, publishing, person }: Made) {
  const { publishers, submissions } = publishing
  const author = person('author')
  const reviewer = person('reviewer', ['reviewer'])

  async function upload(bytes: Uint8Array, identity = author) {
    const { submission } = got(await submissions.upload(identity, bytes))
    await jobs.runDue()
    return got(await submissions.get(identity, submission.id))
  }

  async function approve(reviewId: string, identity = reviewer) {
    const { digest } = got(await reviews.claim(identity, reviewId))
    const verdict = { verdict: 'approve', reasons: [], digest } as const
    const decided = await reviews.decide(identity, reviewId, verdict)
    if (decided.ok || decided.error.code !== 'FINDINGS_OPEN') return decided
    const { findings } = decided.error.details as { findings: { rule: string }[] }
    const waivers = [...new Set(findings.map(({ rule }) => rule))].map((rule) => ({ rule, reason: 'Looked at' }))
    return reviews.decide(identity, reviewId, { ...verdict, waivers })
  }

  return {
    author,
    reviewer,
    /** The namespace `acme`, owned by the author. */
    openPublisher: async () => got(await publishers.create(author, { slug: 'acme' })),
    /** Uploads and lets the queue run; the submission as it then stands. */
    upload,
    approve,
    /** From bytes to the catalog. */
    async publish(bytes: Uint8Array) {
      const submission = await upload(bytes)
      if (submission.reviewId === undefined) throw new Error(`not in review: ${JSON.stringify(submission)}`)
      return got(await approve(submission.reviewId))
    },
  }
}
