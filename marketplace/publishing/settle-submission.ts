import type { RuleRun } from '@annex/package/execution'
import type { Finding } from '@annex/package/finding'
import type { Report } from '@annex/package/report'
import type { JsonObject } from '@annex/sdk/json'
import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Handle, Transaction } from '../../runtime/storage/port.ts'
import { admissionFindings, nameClaimId, publisherFinding } from './admission.ts'
import { tellAuthor } from './author-events.ts'
import { type CheckedPackage, nameIn } from './checked-package.ts'
import { written } from './commit.ts'
import { isForOwn } from './own-organizations.ts'
import { extensions, nameClaims, type SubmissionDocument, submissions, versions } from './publishing-collections.ts'
import type { ReviewDesk } from './review-desk.ts'
import type { SubmissionState } from './submission-state.ts'
import { versionTexts, versionTextsDraft } from './version-texts.ts'

const REASON = 'packages belong to publishers, which belong to no organization'
/** The report holds them all. */
const MAX_FINDINGS = 100

export interface SettleDeps {
  clock: Clock
  audit: Audit
  reviewDesk: ReviewDesk
}

/** What a check came to. */
export interface CheckOutcome {
  report: Report
  reportId: string
  /** Of a package that passed. */
  passed?: {
    checked: CheckedPackage
    outside: RuleRun
    /** Names the rules and data that it was held against. */
    against: string
    /** Bytes of code that the last approved version has not. */
    changedCode: number
  }
}

/** Decides a submission by its check, in the caller's transaction. */
export async function judge(
  deps: SettleDeps,
  tx: Transaction,
  submission: SubmissionDocument,
  { report, reportId, passed }: CheckOutcome,
): Promise<JsonObject> {
  const named = await namedBy(tx.asSystem(REASON), submission, report)
  if (!passed) return refuse(deps, tx, submission, { findings: report.findings, reportId, named })
  const { checked, outside, against, changedCode } = passed
  const admission = [...(await admissionFindings(tx.asSystem(REASON), submission, checked)), ...outside.findings]
  const judged = { findings: [...admission, ...report.findings], outside: outside.executions, reportId, named }
  if (errorsOf(admission).length > 0) return refuse(deps, tx, submission, judged)
  const passing = { ...judged, checked, against, changedCode }
  const own = await isOwnWork(tx.asSystem(REASON), submission, checked)
  return own ? acceptOwn(deps, tx, submission, passing) : accept(deps, tx, submission, passing)
}

/** What is kept of a check beside its report. */
interface Judged {
  findings: readonly Finding[]
  reportId?: string
  /** How the rules went that need what only the marketplace knows. */
  outside?: RuleRun['executions']
  named?: Named
}

/** Whose package it says that it is. */
interface Named {
  publisher?: string
  extension?: string
  version?: string
}

/** Nothing, for whoever may not publish under that name: its owners hear of no stranger's attempts. */
async function namedBy(handle: Handle, submission: SubmissionDocument, report: Report): Promise<Named> {
  const named = nameIn(report)
  return named && !(await publisherFinding(handle, submission, named.publisher)) ? named : {}
}

/** The package is refused: its number stays free, and its author mends what the findings say. */
export async function refuse(
  deps: SettleDeps,
  tx: Transaction,
  submission: SubmissionDocument,
  judged: Judged,
): Promise<JsonObject> {
  await close(deps, tx, submission, 'validation_failed', judged)
  const rules = [...new Set(errorsOf(judged.findings).map((finding) => finding.rule))]
  const details = { rules, texts: errorsOf(judged.findings).map(wordsOf) }
  return note(deps, tx, submission, { state: 'validation_failed', details, ...judged.named })
}

/** The check itself did not come to an end. Nobody's fault: it can be tried again with the same bytes. */
export async function breakOff(
  deps: SettleDeps,
  tx: Transaction,
  submission: SubmissionDocument,
  why: string,
): Promise<JsonObject> {
  await close(deps, tx, submission, 'validation_error', { findings: [unfinished(why)] })
  return note(deps, tx, submission, { state: 'validation_error', details: { why, texts: [why] } })
}

async function close(
  { clock }: SettleDeps,
  tx: Transaction,
  { _id, rev }: SubmissionDocument,
  state: SubmissionState,
  { findings, outside, reportId }: Judged,
): Promise<void> {
  const set = { state, findings: stored(findings), outside: outsideOf(outside), reportId, updatedAt: clock.iso() }
  // A refused upload may come again with the same bytes; one that broke off is tried again where it is.
  const unset = state === 'validation_failed' ? ['uploadKey'] : []
  written(await tx.asSystem(REASON)(submissions).patch(_id, { set, unset }, { rev }))
}

interface Noted extends Named {
  state: 'validation_failed' | 'validation_error'
  details: JsonObject & { texts: string[] }
}

async function note(
  { audit }: SettleDeps,
  tx: Transaction,
  { _id: target, actor, digest, uploadedBy }: SubmissionDocument,
  { state, details, ...named }: Noted,
): Promise<JsonObject> {
  const { texts, ...noted } = details
  tellAuthor(tx, `submission.${state}`, { submissionId: target, uploadedBy, ...named, texts })
  const entry = { organizationId: 'system', actor, action: 'submission.validate', target, outcome: 'refused' } as const
  await audit.within(tx, { ...entry, details: { digest, ...noted } })
  return { submissionId: target, state }
}

type Accepted = Judged & { checked: CheckedPackage; against: string; reportId: string }

/** From here on the number is used: it belongs to these bytes for good. */
async function take(
  { clock }: SettleDeps,
  tx: Transaction,
  { _id: submissionId, rev }: SubmissionDocument,
  { checked, against, findings, outside, reportId }: Accepted,
  state: 'in_review' | 'published',
): Promise<SubmissionDocument> {
  const { publisher, extension, version } = checked
  const handle = tx.asSystem(REASON)
  const now = clock.iso()
  const draft = { ...versionDraft(checked, now), checkedAgainst: against, submissionId, reportId }
  await claimName(handle, extension)
  await handle(versions).insert(state === 'published' ? { ...draft, unreviewed: true } : draft)
  await handle(versionTexts).put(versionTextsDraft(draft._id, checked.report.package.texts.readme))
  const kept = { findings: stored(findings), outside: outsideOf(outside), reportId }
  const set = { state, publisher, extension, version, ...kept, updatedAt: now }
  return written(await handle(submissions).patch(submissionId, { set }, { rev }))
}

async function accept(
  deps: SettleDeps,
  tx: Transaction,
  submission: SubmissionDocument,
  { changedCode, ...accepted }: Accepted & { changedCode: number },
): Promise<JsonObject> {
  const { _id: submissionId, digest, uploadedBy, actor } = submission
  const { publisher, extension, version } = accepted.checked
  const named = { publisher, extension, version }
  const judged = await take(deps, tx, submission, accepted, 'in_review')
  const opened = await deps.reviewDesk.open(tx, { submissionId, ...named, digest, changedCode })
  const { id: reviewId, ...place } = opened
  const patch = { set: { reviewId } }
  written(await tx.asSystem(REASON)(submissions).patch(submissionId, patch, { rev: judged.rev }))
  tellAuthor(tx, 'submission.in_review', { ...named, uploadedBy, submissionId, reviewId, ...place })
  const entry = { organizationId: 'system', actor, action: 'submission.validate' }
  const details = { digest, extension, version }
  await deps.audit.within(tx, { ...entry, target: submissionId, outcome: 'allowed', details })
  return { submissionId, state: 'in_review' }
}

/** For the publisher's own organizations alone, and nothing else was asked for in the meantime. */
async function isOwnWork(
  handle: Handle,
  submission: SubmissionDocument,
  { publisher, extension }: CheckedPackage,
): Promise<boolean> {
  const there = await handle(extensions).get(extension)
  if (there?.wantedVisibility) return false
  return isForOwn(handle, publisher, there ? there.visibility : submission.visibility)
}

/** Validated like any other, looked at by nobody, and marked as such. */
async function acceptOwn(
  deps: SettleDeps,
  tx: Transaction,
  submission: SubmissionDocument,
  accepted: Accepted,
): Promise<JsonObject> {
  const { _id: submissionId, digest, actor } = submission
  const { extension, version } = accepted.checked
  const target = `${extension}@${version}`
  await take(deps, tx, submission, accepted, 'published')
  await deps.reviewDesk.publishUnreviewed(tx, target)
  const entry = { organizationId: 'system', actor, action: 'extension.publish', target }
  await deps.audit.within(tx, { ...entry, outcome: 'allowed', details: { submissionId, digest, reviewed: false } })
  return { submissionId, state: 'published' }
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
  // What wants a person weighs more than what is only shown, and must not be cut off by it.
  const wanted = findings.filter((finding) => finding.severity === 'review')
  const others = findings.filter(({ severity }) => severity !== 'error' && severity !== 'review')
  return [...errors, ...wanted, ...others].slice(0, MAX_FINDINGS).map((finding) => ({ ...finding }))
}

function errorsOf(findings: readonly Finding[]): Finding[] {
  return findings.filter((finding) => finding.severity === 'error')
}

function wordsOf({ rule, message, file, line }: Finding): string {
  const place = file === undefined ? '' : ` (${file}${line === undefined ? '' : `:${line}`})`
  return `${rule}: ${message}${place}`
}

function outsideOf(executions: RuleRun['executions'] | undefined) {
  return executions?.map((execution) => ({ ...execution }))
}

export function unfinished(why: string): Finding {
  const fix = 'Try again: POST /api/marketplace/submissions/{id}/retry. If it fails again, write to the operator.'
  return { rule: 'CHECK', severity: 'error', message: `the check could not be finished: ${why}`, fix, docs: 'check' }
}
