import { createHash } from 'node:crypto'
import { checkOutside } from '@annex/package/complete-report'
import type { Finding } from '@annex/package/finding'
import type { Report } from '@annex/package/report'
import type { CheckOptions } from '@annex/package/rule'
import type { JsonObject } from '@annex/sdk/json'
import type { Job, JobOutcome } from '../../runtime/jobs/job.ts'
import type { JobHandler } from '../../runtime/jobs/job-attempt.ts'
import type { Fence } from '../../runtime/jobs/job-lease.ts'
import type { CheckResult } from '../../runtime/sandbox/check-process.ts'
import { StorageConflict, type Transaction } from '../../runtime/storage/port.ts'
import { changedCode } from './changed-code.ts'
import { readCheckedPackage } from './checked-package.ts'
import { commit } from './commit.ts'
import { type OutsideDataDeps, outsideOf } from './outside-data.ts'
import { type SubmissionDocument, submissions } from './publishing-collections.ts'
import { breakOff, judge, refuse, type SettleDeps } from './settle-submission.ts'

const REASON = 'packages belong to publishers, which belong to no organization'
const OPEN = { state: { $in: ['submitted', 'validating'] } } as const
const MAX_ATTEMPTS = 3
/** Two uploads that claim the same name at once collide in the index; whoever lost sees the claim the next time. */
const CLAIM_TRIES = 3

/** Checks the bytes of a package in a caged process. */
export type PackageCheck = (bytes: Uint8Array, options: CheckOptions) => Promise<CheckResult<Report>>

export interface ValidationDeps extends SettleDeps, OutsideDataDeps {
  check: PackageCheck
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
      if (submission && isOpen(submission)) await breakOff(deps, tx, submission, 'it ended each time')
    },
    maxAttempts: MAX_ATTEMPTS,
    timeoutMs: deps.checkMs,
  }
}

async function validate(deps: ValidationDeps, job: Job, fence: Fence): Promise<JobOutcome> {
  const submission = await begin(deps, submissionIdOf(job))
  if (!submission) return { done: { skipped: true } }
  const broken = (why: string) => decide(deps, fence, submission, (tx, current) => breakOff(deps, tx, current, why))
  const bytes = await deps.store.blobs.get(submission.digest)
  if (!bytes || sha256(bytes) !== submission.digest) return broken('the stored bytes are damaged')
  const result = await deps.check(bytes, {})
  if (result.ok) return judged(deps, fence, submission, result.value)
  const { code, message } = result
  if (code === 'CHECK_TIMEOUT' || code === 'CHECK_MEMORY') {
    const findings = [tooMuch(message)]
    return decide(deps, fence, submission, (tx, current) => refuse(deps, tx, current, { findings }))
  }
  const waits = code === 'CHECK_QUEUE'
  if (waits || job.attempts < MAX_ATTEMPTS) return { retry: { error: { code, message }, countAttempt: !waits } }
  return broken(message)
}

async function judged(
  deps: ValidationDeps,
  fence: Fence,
  submission: SubmissionDocument,
  report: Report,
): Promise<JobOutcome> {
  const broken = (why: string) => decide(deps, fence, submission, (tx, current) => breakOff(deps, tx, current, why))
  const odd = report.executions.find(({ outcome }) => outcome === 'error')
  // A rule that broke has said nothing: the package is neither good nor bad.
  if (odd) return broken(`the rule ${odd.rule} broke`)
  const reportId = await deps.reports.put(report)
  if (!report.ok) return decide(deps, fence, submission, (tx, now) => judge(deps, tx, now, { report, reportId }))
  const checked = readCheckedPackage(report, submission.digest)
  if (!checked) return broken('the check gave no sound answer')
  const against = await deps.ruleData.standard()
  const outside = checkOutside(checked.report.package, await outsideOf(deps, checked, submission.channel))
  const code = await changedCode(deps, checked.extension, checked.report.package)
  const passed = { checked, outside, against, changedCode: code }
  await deps.reviewDesk.ready()
  return decide(deps, fence, submission, (tx, now) => judge(deps, tx, now, { report, reportId, passed }))
}

/** Milliseconds and megabytes are the package's own doing. */
function tooMuch(message: string): Finding {
  const fix = 'Make the package smaller or simpler: fewer, shorter files, and no generated code that can be left out.'
  return { rule: 'CHECK', severity: 'error', message: `the package cannot be checked: ${message}`, fix, docs: 'check' }
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
