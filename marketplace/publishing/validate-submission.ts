import { createHash } from 'node:crypto'
import type { Finding } from '@annex/package/finding'
import type { Report } from '@annex/package/report'
import type { CheckOptions } from '@annex/package/rule'
import type { JsonObject } from '@annex/sdk/json'
import { PLATFORM_VERSION } from '@annex/sdk/platform-version'
import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Job, JobOutcome } from '../../runtime/jobs/job.ts'
import type { JobHandler } from '../../runtime/jobs/job-attempt.ts'
import type { Fence } from '../../runtime/jobs/job-lease.ts'
import type { CheckResult } from '../../runtime/sandbox/check-process.ts'
import { type Handle, StorageConflict, type Store, type Transaction } from '../../runtime/storage/port.ts'
import { admissionFindings, nameClaimId } from './admission.ts'
import { type CheckedPackage, readCheckedPackage } from './checked-package.ts'
import { commit, written } from './commit.ts'
import { nameClaims, type SubmissionDocument, submissions, versions } from './publishing-collections.ts'
import type { Reports } from './reports.ts'
import type { ReviewDesk } from './review-desk.ts'

const REASON = 'packages belong to publishers, which belong to no organization'
const OPEN = { state: { $in: ['submitted', 'validating'] } } as const
const MAX_ATTEMPTS = 3
/** The report holds them all. */
const MAX_FINDINGS = 100
/** Two uploads that claim the same name at once collide in the index; whoever lost sees the claim the next time. */
const CLAIM_TRIES = 3

/** Checks the bytes of a package in a caged process. */
export type PackageCheck = (bytes: Uint8Array, options: CheckOptions) => Promise<CheckResult<Report>>

export interface ValidationDeps {
  store: Store
  clock: Clock
  audit: Audit
  check: PackageCheck
  reviewDesk: ReviewDesk
  reports: Reports
  /** Milliseconds for one attempt. */
  checkMs: number
}

/** The job that checks an uploaded package: however often it runs, a submission is decided once. */
export function createValidationJob(deps: ValidationDeps): JobHandler {
  return {
    handle: (job, { fence }) => validate(deps, job, fence),
    // Every attempt died with its process: a check that crashes is not a pass.
    settled: async (tx, job) => {
      if (job.state !== 'DEAD') return
      const handle = tx.asSystem(REASON)
      const submission = await handle(submissions).get(submissionIdOf(job))
      if (submission && isOpen(submission)) await fail(deps, tx, submission, [unfinished('it ended each time')])
    },
    maxAttempts: MAX_ATTEMPTS,
    timeoutMs: deps.checkMs,
  }
}

async function validate(deps: ValidationDeps, job: Job, fence: Fence): Promise<JobOutcome> {
  const submission = await begin(deps, submissionIdOf(job))
  if (!submission) return { done: { skipped: true } }
  const bytes = await deps.store.blobs.get(submission.digest)
  if (!bytes || sha256(bytes) !== submission.digest) {
    const damaged = unfinished('the stored bytes are damaged; upload the package again')
    return decide(deps, fence, submission, (tx, current) => fail(deps, tx, current, [damaged]))
  }
  const result = await deps.check(bytes, { platformVersion: PLATFORM_VERSION })
  if (!result.ok && result.code !== 'CHECK_FAILED' && (result.code === 'CHECK_QUEUE' || job.attempts < MAX_ATTEMPTS)) {
    const error = { code: result.code, message: result.message }
    return { retry: { error, countAttempt: result.code !== 'CHECK_QUEUE' } }
  }
  if (!result.ok) {
    const finding = unfinished(result.message)
    return decide(deps, fence, submission, (tx, current) => fail(deps, tx, current, [finding]))
  }
  const reportId = await deps.reports.put(result.value)
  return decide(deps, fence, submission, (tx, current) => judge(deps, tx, current, { report: result.value, reportId }))
}

/** `undefined` when it was withdrawn, or decided by an earlier attempt. */
async function begin({ store, clock }: ValidationDeps, id: string): Promise<SubmissionDocument | undefined> {
  const set = { state: 'validating', updatedAt: clock.iso() }
  return store.asSystem(REASON)(submissions).patch(id, { set }, { where: OPEN })
}

async function decide(
  { store }: ValidationDeps,
  fence: Fence,
  { _id }: SubmissionDocument,
  decision: (tx: Transaction, current: SubmissionDocument) => Promise<JsonObject>,
): Promise<JobOutcome> {
  for (let left = CLAIM_TRIES; ; left--) {
    try {
      const outcome = await commit<JsonObject>(store, async (tx) => {
        await fence.assert(tx)
        const current = await tx.asSystem(REASON)(submissions).get(_id)
        if (!current || !isOpen(current)) return { ok: true, value: { skipped: true } }
        return { ok: true, value: await decision(tx, current) }
      })
      if (!outcome.ok) throw new Error(`a submission could not be decided: ${outcome.error.message}`)
      return { done: outcome.value }
    } catch (error) {
      if (!(error instanceof StorageConflict) || left === 1) throw error
    }
  }
}

async function judge(
  deps: ValidationDeps,
  tx: Transaction,
  submission: SubmissionDocument,
  { report, reportId }: { report: Report; reportId: string },
): Promise<JsonObject> {
  if (!report.ok) return fail(deps, tx, submission, report.findings, reportId)
  const checked = readCheckedPackage(report, submission.digest)
  if (!checked) return fail(deps, tx, submission, [unfinished('the check gave no sound answer')])
  const admission = await admissionFindings(tx.asSystem(REASON), submission, checked)
  const findings = [...admission, ...report.findings]
  if (errorsOf(admission).length > 0) return fail(deps, tx, submission, findings, reportId)
  return pass(deps, tx, submission, { checked, findings, reportId })
}

async function fail(
  { clock, audit }: ValidationDeps,
  tx: Transaction,
  submission: SubmissionDocument,
  findings: readonly Finding[],
  reportId?: string,
): Promise<JsonObject> {
  const { _id: id, rev, digest } = submission
  const set = { state: 'validation_failed', findings: stored(findings), reportId, updatedAt: clock.iso() }
  const handle = tx.asSystem(REASON)
  written(await handle(submissions).patch(id, { set, unset: ['uploadKey'] }, { rev }))
  const rules = [...new Set(errorsOf(findings).map((finding) => finding.rule))]
  const entry = { organizationId: 'system', actor: submission.actor, action: 'submission.validate', target: id }
  await audit.within(tx, { ...entry, outcome: 'refused', details: { digest, rules } })
  return { submissionId: id, state: 'validation_failed' }
}

interface Passed {
  checked: CheckedPackage
  findings: readonly Finding[]
  reportId: string
}

/** From here on the number is used: it belongs to these bytes for good. */
async function pass(
  { clock, audit, reviewDesk }: ValidationDeps,
  tx: Transaction,
  submission: SubmissionDocument,
  { checked, findings, reportId }: Passed,
): Promise<JsonObject> {
  const { _id: submissionId, rev, digest } = submission
  const { publisher, extension, version } = checked
  const handle = tx.asSystem(REASON)
  const now = clock.iso()
  await claimName(handle, extension)
  await handle(versions).insert({ ...versionDraft(checked, now), submissionId, reportId })
  const reviewId = await reviewDesk.open(tx, { submissionId, publisher, extension, version, digest })
  const named = { publisher, extension, version, reviewId }
  const set = { state: 'in_review', ...named, findings: stored(findings), reportId, updatedAt: now }
  written(await handle(submissions).patch(submissionId, { set }, { rev }))
  const entry = { organizationId: 'system', actor: submission.actor, action: 'submission.validate' }
  const details = { digest, extension, version }
  await audit.within(tx, { ...entry, target: submissionId, outcome: 'allowed', details })
  return { submissionId, state: 'in_review' }
}

async function claimName(handle: Handle, extension: string): Promise<void> {
  const _id = nameClaimId(extension)
  if (!(await handle(nameClaims).get(_id))) await handle(nameClaims).insert({ _id, name: extension })
}

function versionDraft({ extension, publisher, version, sortKey, card, report }: CheckedPackage, now: string) {
  const { digest, size, capabilities, manifestDigest } = report.package
  return {
    _id: `${extension}@${version}`,
    extension,
    publisher,
    version,
    sortKey,
    digest,
    size,
    card,
    capabilities,
    manifestDigest,
    state: 'in_review',
    createdAt: now,
  } as const
}

function stored(findings: readonly Finding[]): Finding[] & JsonObject[] {
  const errors = errorsOf(findings)
  const others = findings.filter((finding) => finding.severity !== 'error')
  return [...errors, ...others].slice(0, MAX_FINDINGS).map((finding) => ({ ...finding }))
}

function errorsOf(findings: readonly Finding[]): Finding[] {
  return findings.filter((finding) => finding.severity === 'error')
}

function unfinished(why: string): Finding {
  const fix = 'Upload the package again; if it fails again, write to the operator.'
  return { rule: 'CHECK', severity: 'error', message: `the check could not be finished: ${why}`, fix, docs: 'check' }
}

function isOpen({ state }: SubmissionDocument): boolean {
  return state === 'submitted' || state === 'validating'
}

function submissionIdOf({ payload }: Job): string {
  if (typeof payload === 'object' && payload !== null && !Array.isArray(payload)) {
    const { submissionId } = payload
    if (typeof submissionId === 'string') return submissionId
  }
  throw new Error('the job names no submission')
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
