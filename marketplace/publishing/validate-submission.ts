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
import type { ReviewDesk } from './review-desk.ts'

const REASON = 'packages belong to publishers, which belong to no organization'
const OPEN = { state: { $in: ['submitted', 'validating'] } } as const
const MAX_ATTEMPTS = 3
const MAX_FINDINGS = 500
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
  return decide(deps, fence, submission, (tx, current) => judge(deps, tx, current, result.value))
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
  report: Report,
): Promise<JsonObject> {
  if (!report.ok) return fail(deps, tx, submission, report.findings, reportOf(report))
  const checked = readCheckedPackage(report.package, submission.digest)
  if (!checked) return fail(deps, tx, submission, [unfinished('the check gave no sound answer')])
  const handle = tx.asSystem(REASON)
  const admission = await admissionFindings(handle, submission, checked)
  const findings = [...admission, ...report.findings]
  if (admission.some((finding) => finding.severity === 'error'))
    return fail(deps, tx, submission, findings, reportOf(report))
  return pass(deps, tx, submission, { checked, findings, report: reportOf(report) })
}

async function fail(
  { clock, audit }: ValidationDeps,
  tx: Transaction,
  submission: SubmissionDocument,
  findings: readonly Finding[],
  report: JsonObject = {},
): Promise<JsonObject> {
  const { _id: id, rev, digest } = submission
  const set = { state: 'validation_failed', findings: stored(findings), report, updatedAt: clock.iso() }
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
  report: JsonObject
}

/** From here on the number is used: it belongs to these bytes for good. */
async function pass(
  { clock, audit, reviewDesk }: ValidationDeps,
  tx: Transaction,
  submission: SubmissionDocument,
  { checked, findings, report }: Passed,
): Promise<JsonObject> {
  const { _id: submissionId, rev, digest } = submission
  const { publisher, extension, version } = checked
  const handle = tx.asSystem(REASON)
  const now = clock.iso()
  await claimName(handle, extension)
  await handle(versions).insert(versionDraft(checked, submissionId, now))
  const reviewId = await reviewDesk.open(tx, { submissionId, publisher, extension, version, digest })
  const named = { publisher, extension, version, reviewId }
  const set = { state: 'in_review', ...named, findings: stored(findings), report, updatedAt: now }
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

function versionDraft({ extension, publisher, version, sortKey, manifest, report }: CheckedPackage, submissionId: string, now: string) {
  const { digest, size, capabilities, manifestDigest, describe, texts } = report
  return {
    _id: `${extension}@${version}`,
    extension,
    publisher,
    version,
    sortKey,
    digest,
    size,
    manifest,
    capabilities,
    manifestDigest,
    describe,
    readme: texts.readme ?? '',
    state: 'in_review',
    submissionId,
    createdAt: now,
  } as const
}

/** What a reviewer and the author look up: every rule with its outcome, the files, the change log. */
function reportOf({ ruleSet, executions, package: held }: Report): JsonObject {
  return {
    ruleSet,
    executions: executions.map((execution) => ({ ...execution })),
    ...(held ? { files: held.files.map((file) => ({ ...file })), unpacked: held.unpacked } : {}),
    ...(held?.texts.changelog === undefined ? {} : { changelog: held.texts.changelog }),
  }
}

function stored(findings: readonly Finding[]): Finding[] & JsonObject[] {
  return findings.slice(0, MAX_FINDINGS).map((finding) => ({ ...finding }))
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
