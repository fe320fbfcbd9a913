import { checkOutside } from '@annex/package/complete-report'
import type { Finding } from '@annex/package/finding'
import type { Json } from '@annex/sdk/json'
import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Job, JobOutcome } from '../../runtime/jobs/job.ts'
import type { JobHandler } from '../../runtime/jobs/job-attempt.ts'
import type { Fence } from '../../runtime/jobs/job-lease.ts'
import type { Jobs } from '../../runtime/jobs/jobs.ts'
import { type Handle, StorageConflict, type Store } from '../../runtime/storage/port.ts'
import { tellAuthor } from './author-events.ts'
import { readCheckedPackage } from './checked-package.ts'
import { type OutsideDataDeps, outsideOf } from './outside-data.ts'
import { type Recheck, type VersionDocument, versions } from './publishing-collections.ts'
import type { ReviewDesk } from './review-desk.ts'
import type { PackageCheck } from './validate-submission.ts'

/** The type of the job that holds published versions against the rules of today. */
export const RECHECK_JOB = 'publishing.recheck'

const REASON = 'packages belong to publishers, which belong to no organization'
const LIVE = ['published', 'deprecated', 'yanked'] as const
/** Versions of one job: it then queues the next, so that none runs for hours. */
const AT_ONCE = 20
const MAX_ATTEMPTS = 3

/**
 * New rules and new data reach what is published already, and only tell: a version is never taken out of the catalog
 * because a rule changed. Its publisher and the reviewers see what was found; what becomes of it is for people to decide.
 */
export interface Rechecks {
  /** Queues the check of every published version that was not held against the rules and data of now. */
  begin(): Promise<void>
}

export interface RechecksDeps extends OutsideDataDeps {
  store: Store
  clock: Clock
  audit: Audit
  jobs: Jobs
  reviewDesk: Pick<ReviewDesk, 'rechecked'>
  check: PackageCheck
}

/** Registers its job: to be made before the queue starts. */
export function createRechecks(deps: RechecksDeps): Rechecks {
  deps.jobs.register(RECHECK_JOB, createRecheckJob(deps))
  return { begin: () => enqueue(deps) }
}

async function enqueue({ store, jobs }: RechecksDeps): Promise<void> {
  try {
    const draft = { organizationId: 'system', type: RECHECK_JOB, payload: {}, uniqueKey: RECHECK_JOB }
    await store.tx((tx) => jobs.enqueue(tx, draft))
  } catch (error) {
    // It is queued already, and will see what changed.
    if (!(error instanceof StorageConflict)) throw error
  }
}

function createRecheckJob(deps: RechecksDeps): JobHandler {
  return {
    handle: (job, context) => recheckSome(deps, job, context),
    settled: async (tx, { state, result }) => {
      if (state !== 'DONE' || !isPart(result)) return
      await deps.jobs.enqueue(tx, { organizationId: 'system', type: RECHECK_JOB, payload: {} })
    },
    maxAttempts: MAX_ATTEMPTS,
    concurrency: 1,
  }
}

/** Whether there is more to check than one job does. */
function isPart(result: Json | undefined): boolean {
  return typeof result === 'object' && result !== null && !Array.isArray(result) && result.more === true
}

async function recheckSome(
  deps: RechecksDeps,
  job: Job,
  { signal, fence }: { signal: AbortSignal; fence: Fence },
): Promise<JobOutcome> {
  const against = await deps.ruleData.standard()
  for (let checked = 0; checked < AT_ONCE && !signal.aborted; checked++) {
    const version = await nextVersion(deps.store, against)
    if (!version) return { done: { checked, more: false } }
    const recheck = await recheckOne(deps, version, against, job.attempts)
    if (!recheck) return { retry: { error: { code: 'CHECK_QUEUE', message: 'the check is busy' } } }
    await keep(deps, fence, version, recheck)
  }
  return { done: { checked: AT_ONCE, more: true } }
}

async function nextVersion(store: Store, against: string): Promise<VersionDocument | undefined> {
  for (const state of LIVE) {
    const where = { state, checkedAgainst: { $ne: against } }
    const found = await store.asSystem(REASON)(versions).find({ where, limit: 1 })
    if (found.data[0]) return found.data[0]
  }
  return undefined
}

/** `undefined`: not now. */
async function recheckOne(
  deps: RechecksDeps,
  version: VersionDocument,
  against: string,
  attempts: number,
): Promise<Recheck | undefined> {
  const at = deps.clock.iso()
  const bytes = await deps.store.blobs.get(version.digest)
  if (!bytes) return { against, at, ok: false, findings: [], problem: 'the stored bytes are gone' }
  const result = await deps.check(bytes, {})
  if (!result.ok) {
    const passing = result.code === 'CHECK_QUEUE' || (result.code === 'CHECK_CRASHED' && attempts < MAX_ATTEMPTS)
    return passing ? undefined : { against, at, ok: false, findings: [], problem: result.message }
  }
  const checked = readCheckedPackage(result.value, version.digest)
  const outside = checked && checkOutside(checked.report.package, await outsideOf(deps, checked))
  const findings = [...(outside?.findings ?? []), ...result.value.findings].filter(weighty)
  const ok = result.value.ok && !findings.some(({ severity }) => severity === 'error')
  return { against, at, ok, findings: findings.slice(0, 50).map((finding) => ({ ...finding })) }
}

function weighty({ severity }: Finding): boolean {
  return severity === 'error' || severity === 'review'
}

async function keep(
  { store, audit, reviewDesk }: RechecksDeps,
  fence: Fence,
  { _id, digest, extension, publisher, version, recheck: earlier }: VersionDocument,
  recheck: Recheck,
): Promise<void> {
  await store.tx(async (tx) => {
    await fence.assert(tx)
    const set = { checkedAgainst: recheck.against, recheck }
    // A version that was removed in the meantime keeps what it had.
    const kept = await tx
      .asSystem(REASON)(versions)
      .patch(_id, { set }, { where: { state: { $in: LIVE } } })
    if (!kept) return
    await reviewDesk.rechecked(tx, extension, await isSound(tx.asSystem(REASON), extension))
    if (recheck.ok) return
    const rules = [...new Set(recheck.findings.map(({ rule }) => rule))]
    const entry = { organizationId: 'system', actor: 'system:recheck', action: 'version.recheck', target: _id }
    await audit.within(tx, { ...entry, outcome: 'refused', details: { digest, rules } })
    const texts = recheck.findings.map(({ rule, message }) => `${rule}: ${message}`)
    if (earlier?.ok !== false) tellAuthor(tx, 'version.recheck_found', { publisher, extension, version, texts })
  })
}

/** Whether nothing is held against any version of it that can be had. */
async function isSound(handle: Handle, extension: string): Promise<boolean> {
  const { data } = await handle(versions).find({ where: { extension, state: { $in: LIVE } }, limit: 1000 })
  return data.every(({ recheck }) => recheck?.ok !== false)
}
