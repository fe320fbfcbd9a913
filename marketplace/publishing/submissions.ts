import { createHash } from 'node:crypto'
import type { Report } from '@annex/package/report'
import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Ids } from '../../runtime/ids.ts'
import type { Job } from '../../runtime/jobs/job.ts'
import type { Jobs } from '../../runtime/jobs/jobs.ts'
import { type Handle, type Page, StorageConflict, type Store, type Transaction } from '../../runtime/storage/port.ts'
import { type Identity, identityName } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import { tellAuthor } from './author-events.ts'
import { CHANNEL_NAMES, isChannel } from './channels.ts'
import { commit, written } from './commit.ts'
import { declineVersion, refuseVisibility } from './listings.ts'
import { roleIn } from './publishers.ts'
import { type SubmissionDocument, submissions, type Visibility, versions } from './publishing-collections.ts'
import type { PublishingLimits } from './publishing-limits.ts'
import type { Reports } from './reports.ts'
import type { ReviewDesk } from './review-desk.ts'
import { SUBMISSION_STATES } from './submission-state.ts'
import { type Submission, type SubmissionDetail, submissionDetail, submissionView } from './submission-view.ts'

/** The type of the job that checks an uploaded package. */
export const VALIDATE_JOB = 'publishing.validate'

const REASON = 'packages belong to publishers, which belong to no organization'

export interface Submissions {
  /**
   * Takes a package: stores the bytes and a submission, and leaves the check to a job. The same bytes again from the
   * same person are the same submission while it lives (`created: false`).
   */
  upload(identity: Identity, bytes: Uint8Array, options?: UploadOptions): Promise<Outcome<Upload>>
  /** For the uploader, members of the publisher, and reviewers. */
  get(identity: Identity, id: string): Promise<Outcome<SubmissionDetail>>
  /** The caller's own, newest first. */
  listOwn(identity: Identity, page: { limit?: number; cursor?: string }): Promise<Page<Submission>>
  withdraw(identity: Identity, id: string): Promise<Outcome<Submission>>
  /** Checks again what broke off through no fault of the package. */
  retry(identity: Identity, id: string): Promise<Outcome<Submission>>
  /** What the check said, whole; `NOT_FOUND` until it has run. */
  report(identity: Identity, id: string): Promise<Outcome<Report>>
}

export interface UploadOptions {
  /** Who the audit trail names. */
  actor?: string
  /** The channel that it goes to once it is published; the same bytes again may name another one until then. */
  channel?: string
  /** Who is to see the extension, if this is its first version. */
  visibility?: Visibility
  /** SHA-256 (hex) that the sender says the bytes have. */
  declaredDigest?: string
}

export interface Upload {
  submission: Submission
  created: boolean
  /** The job that checks it. */
  jobId: string
}

export interface SubmissionsDeps {
  store: Store
  clock: Clock
  ids: Ids
  audit: Audit
  jobs: Jobs
  reviewDesk: ReviewDesk
  reports: Reports
  limits: PublishingLimits
}

export function createSubmissions(deps: SubmissionsDeps): Submissions {
  const system = deps.store.asSystem(REASON)
  return {
    upload: (identity, bytes, options = {}) => upload(deps, identity, bytes, options),
    async get(identity, id) {
      const document = await visible(deps, identity, id)
      if (!document) return unknownSubmission()
      const report = document.reportId === undefined ? undefined : await deps.reports.get(document.reportId)
      const { extension, version, reviewId } = document
      const taken = reviewId === undefined ? undefined : await system(versions).get(`${extension}@${version}`)
      const recheck = taken?.submissionId === id ? taken.recheck : undefined
      return { ok: true, value: submissionDetail(document, { report, recheck }) }
    },
    async listOwn(identity, page) {
      const where = { uploadedBy: identity.userId }
      const found = await system(submissions).find({ where, sort: [['createdAt', 'desc']], ...page })
      return { ...found, data: found.data.map(submissionView) }
    },
    withdraw: (identity, id) => withdraw(deps, identity, id),
    retry: (identity, id) => retry(deps, identity, id),
    async report(identity, id) {
      const document = await visible(deps, identity, id)
      if (!document) return unknownSubmission()
      if (document.reportId === undefined) return refused('NOT_FOUND', 'the package was not checked yet')
      return { ok: true, value: await deps.reports.get(document.reportId) }
    },
  }
}

async function upload(
  deps: SubmissionsDeps,
  identity: Identity,
  bytes: Uint8Array,
  { actor = identityName(identity), channel, visibility, declaredDigest }: UploadOptions,
): Promise<Outcome<Upload>> {
  const refusal =
    (await refuseUpload(deps, identity, bytes)) ??
    refuseChannel(channel) ??
    (visibility && (await refuseVisibility(deps.store.asSystem(REASON), visibility)))
  if (refusal) return refusal
  const digest = createHash('sha256').update(bytes).digest('hex')
  const uploadKey = `${identity.userId}:${digest}`
  if (declaredDigest !== undefined && declaredDigest !== digest)
    return refused('PACKAGE_DIGEST_MISMATCH', `the bytes that arrived have SHA-256 ${digest}`, {
      details: { rule: 'PKG-17', declared: declaredDigest, received: digest },
    })
  const earlier = await findUpload(deps.store, uploadKey)
  if (earlier) return again(deps, identity, earlier, channel)
  const blob = await deps.store.blobs.put(bytes)
  const named = { ...(channel !== undefined && { channel }), ...(visibility && { visibility }) }
  if (blob.id !== digest) throw new Error('the blob store names bytes by another digest')
  try {
    return uploaded(await insert(deps, identity, { digest, size: bytes.byteLength, uploadKey, actor, ...named }), true)
  } catch (error) {
    // The same bytes, uploaded twice at once: the index let one in.
    const winner = error instanceof StorageConflict ? await findUpload(deps.store, uploadKey) : undefined
    if (!winner) throw error
    return uploaded(await rechannel(deps, winner, channel), false)
  }
}

/** The same upload once more: it is what it was, but for a check that broke off, which runs again. */
async function again(
  deps: SubmissionsDeps,
  identity: Identity,
  earlier: SubmissionDocument,
  channel: string | undefined,
): Promise<Outcome<Upload>> {
  if (earlier.state === 'validation_error') {
    const retried = await retry(deps, identity, earlier._id)
    if (!retried.ok) return retried
  }
  const current = await deps.store.asSystem(REASON)(submissions).get(earlier._id)
  return uploaded(await rechannel(deps, current ?? earlier, channel), false)
}

function refuseChannel(channel: string | undefined) {
  if (channel === undefined || isChannel(channel)) return undefined
  return refused('INVALID_ARGUMENT', CHANNEL_NAMES)
}

/** A later wish counts as long as it is not published: after that, channels are moved by hand. */
async function rechannel(
  { store, clock }: SubmissionsDeps,
  earlier: SubmissionDocument,
  channel: string | undefined,
): Promise<SubmissionDocument> {
  if (channel === undefined || channel === earlier.channel) return earlier
  const set = { channel, updatedAt: clock.iso() }
  const where = { state: { $in: ['submitted', 'validating', 'in_review'] } } as const
  return (await store.asSystem(REASON)(submissions).patch(earlier._id, { set }, { where })) ?? earlier
}

function uploaded(document: SubmissionDocument, created: boolean): Outcome<Upload> {
  return { ok: true, value: { submission: submissionView(document), created, jobId: document.jobId } }
}

async function refuseUpload(deps: SubmissionsDeps, identity: Identity, bytes: Uint8Array) {
  const { packageBytes, openSubmissions } = deps.limits
  if (bytes.byteLength > packageBytes)
    return refused('PACKAGE_TOO_LARGE', `a package has at most ${packageBytes} bytes, this one has ${bytes.byteLength}`)
  if (bytes.byteLength === 0) return refused('PACKAGE_EMPTY', 'the body is the package itself: a gzipped tarball')
  if (identity.kind === 'key' && identity.publisherScopes.length === 0)
    return refused('PERMISSION_DENIED', 'this key has no scope publish:<publisher>')
  const open = await deps.store
    .asSystem(REASON)(submissions)
    .find({
      where: { uploadedBy: identity.userId, state: { $in: ['submitted', 'validating'] } },
      limit: openSubmissions,
    })
  if (open.data.length < openSubmissions) return undefined
  const message = `${open.data.length} packages of yours wait for their check`
  return refused('TOO_MANY_SUBMISSIONS', message, { retryAfter: 30 })
}

async function findUpload(store: Store, uploadKey: string): Promise<SubmissionDocument | undefined> {
  return (await store.asSystem(REASON)(submissions).find({ where: { uploadKey }, limit: 1 })).data[0]
}

/** Submission, job and audit row are one commit: what is answered with 202 will be checked, whatever dies. */
async function insert(
  deps: SubmissionsDeps,
  identity: Identity,
  upload: { digest: string; size: number; uploadKey: string; actor: string; channel?: string; visibility?: Visibility },
): Promise<SubmissionDocument> {
  const { clock, ids, audit } = deps
  const _id = ids('sub')
  const keyPublishers = identity.kind === 'key' ? { keyPublishers: publisherSlugs(identity) } : {}
  return deps.store.tx(async (tx) => {
    const job = await enqueueCheck(deps, tx, _id, identity.userId)
    const now = clock.iso()
    const stored = await tx
      .asSystem(REASON)(submissions)
      .insert({
        _id,
        state: 'submitted',
        ...upload,
        ...keyPublishers,
        uploadedBy: identity.userId,
        findings: [],
        jobId: job._id,
        bytesSince: now,
        createdAt: now,
        updatedAt: now,
      })
    const details = { digest: upload.digest, size: upload.size }
    const entry = { organizationId: 'system', actor: upload.actor, action: 'submission.upload', target: _id, details }
    await audit.within(tx, { ...entry, outcome: 'allowed' })
    tellAuthor(tx, 'submission.received', { submissionId: _id, uploadedBy: identity.userId })
    return stored
  })
}

async function withdraw(deps: SubmissionsDeps, identity: Identity, id: string): Promise<Outcome<Submission>> {
  const seen = await visible(deps, identity, id)
  if (!seen) return unknownSubmission()
  return commit(deps.store, async (tx) => {
    const system = tx.asSystem(REASON)
    const current = await system(submissions).get(id)
    if (!current || !(await mayChange(system, identity, current))) return unknownSubmission()
    if (!SUBMISSION_STATES[current.state].withdrawable)
      return refused('SUBMISSION_STATE', `a submission that is ${current.state} cannot be withdrawn`)
    const versionId = `${current.extension}@${current.version}`
    // What is in use in the own organizations stays that: only its wider listing is withdrawn.
    const inUse = current.reviewId !== undefined && (await system(versions).get(versionId))?.unreviewed === true
    const set = { state: inUse ? 'published' : 'withdrawn', updatedAt: deps.clock.iso() }
    const unset = inUse ? [] : ['uploadKey']
    const after = written(await system(submissions).patch(id, { set, unset }, { rev: current.rev }))
    if (current.reviewId) {
      if (inUse) await declineVersion(tx, versionId, { state: 'rejected', now: deps.clock.iso() })
      else written(await system(versions).patch(versionId, { set: { state: 'withdrawn' } }))
      await deps.reviewDesk.callOff(tx, current.reviewId)
    }
    const entry = { organizationId: 'system', actor: identityName(identity), action: 'submission.withdraw', target: id }
    await deps.audit.within(tx, { ...entry, outcome: 'allowed' })
    return { ok: true, value: submissionView(after) }
  })
}

/** The bytes are the same, and so is the submission: only the check runs once more. */
async function retry(deps: SubmissionsDeps, identity: Identity, id: string): Promise<Outcome<Submission>> {
  if (!(await visible(deps, identity, id))) return unknownSubmission()
  return commit(deps.store, async (tx) => {
    const system = tx.asSystem(REASON)
    const current = await system(submissions).get(id)
    if (!current || !(await mayChange(system, identity, current))) return unknownSubmission()
    if (current.state === 'submitted' || current.state === 'validating')
      return { ok: true, value: submissionView(current) }
    if (current.state !== 'validation_error' || current.bytesSince === undefined)
      return refused('SUBMISSION_STATE', 'only a check that broke off is tried again, within 30 days')
    const job = await enqueueCheck(deps, tx, id, current.uploadedBy)
    const set = { state: 'submitted', findings: [], jobId: job._id, updatedAt: deps.clock.iso() }
    const after = written(await system(submissions).patch(id, { set }, { rev: current.rev }))
    const entry = { organizationId: 'system', actor: identityName(identity), action: 'submission.retry', target: id }
    await deps.audit.within(tx, { ...entry, outcome: 'allowed' })
    return { ok: true, value: submissionView(after) }
  })
}

function enqueueCheck({ jobs }: SubmissionsDeps, tx: Transaction, submissionId: string, group: string): Promise<Job> {
  return jobs.enqueue(tx, { organizationId: 'system', type: VALIDATE_JOB, payload: { submissionId }, group })
}

async function visible(deps: SubmissionsDeps, identity: Identity, id: string): Promise<SubmissionDocument | undefined> {
  const system = deps.store.asSystem(REASON)
  const document = await system(submissions).get(id)
  if (!document) return undefined
  const reviews = identity.kind === 'user' && identity.platformRoles.length > 0
  return reviews || (await mayChange(system, identity, document)) ? document : undefined
}

/** The uploader and the members of the publisher; a key only within its `publish:` scopes. */
async function mayChange(
  handle: Handle,
  identity: Identity,
  { uploadedBy, publisher }: SubmissionDocument,
): Promise<boolean> {
  if (identity.kind === 'key') {
    const slugs = publisherSlugs(identity)
    if (publisher === undefined ? slugs.length === 0 : !slugs.includes(publisher)) return false
  }
  if (uploadedBy === identity.userId) return true
  if (publisher === undefined) return false
  return (await roleIn(handle, identity.userId, publisher)) !== undefined
}

function publisherSlugs(identity: Identity): string[] {
  return identity.publisherScopes.map((scope) => scope.slice('publish:'.length))
}

function unknownSubmission() {
  return refused('NOT_FOUND', 'there is no such submission')
}
