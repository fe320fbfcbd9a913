import type { JsonObject } from '@annex/sdk/json'
import type { Job, JobOutcome } from '../../runtime/jobs/job.ts'
import type { JobHandler } from '../../runtime/jobs/job-attempt.ts'
import type { Fence } from '../../runtime/jobs/job-lease.ts'
import type { Transaction } from '../../runtime/storage/port.ts'
import { refused } from '../errors.ts'
import { refuseKilled } from '../kill-list/refuse-killed.ts'
import { abort, commit, written } from '../publishing/commit.ts'
import { drafts, type ReleaseFacts } from '../publishing/drafts-collection.ts'
import { eraseLater } from './erase-later.ts'
import { holdVersion } from './hold-version.ts'
import {
  type InstallationDocument,
  type InstallFailure,
  type InstallStep,
  installations,
  toActive,
} from './installation-collections.ts'
import { ERASE_JOB, type InstallationsDeps } from './installation-deps.ts'
import { installationIdOf } from './installation-job.ts'
import { releaseOf } from './installed-release.ts'
import type { StagedRun } from './lifecycle.ts'
import { probeHealth } from './probe-health.ts'
import { approveOpenRequests } from './request-decision.ts'
import { runSteps } from './run-steps.ts'
import type { StepOutcome } from './step-outcome.ts'
import { verifyPackage } from './verify-package.ts'

const MAX_ATTEMPTS = 4

/**
 * Brings an installation from its consent to running: the bytes, a health check under its grant, `onInstall`, and one
 * write that makes it active. Every step may be repeated; until that last write nothing of it can run or be seen to.
 */
export function createInstallJob(deps: InstallationsDeps): JobHandler {
  return {
    handle: (job, { fence, signal }) => install(deps, job, fence, signal),
    settled: async (tx, job) => {
      if (job.state !== 'DEAD') return
      const documents = tx.forOrganization(job.organizationId)(installations)
      const installation = await documents.get(installationIdOf(job))
      if (installation?.state !== 'installing') return
      const { code, message } = job.lastError ?? { code: 'UNAVAILABLE', message: 'it could not be finished' }
      await fail(deps, tx, installation, { step: installation.step ?? 'verifying', code, message })
    },
    maxAttempts: MAX_ATTEMPTS,
  }
}

async function install(deps: InstallationsDeps, job: Job, fence: Fence, signal: AbortSignal): Promise<JobOutcome> {
  const { store } = deps
  const installation = await store.forOrganization(job.organizationId)(installations).get(installationIdOf(job))
  if (installation?.state !== 'installing') return { done: { skipped: true } }
  const version = await releaseOf(store, installation)
  const subject = { installation, version, signal }
  const ended = await runSteps(
    job,
    STEPS.map(({ name, run }) => ({ name, work: () => run(deps, subject) })),
    {
      mark: async (step) => (await mark(deps, installation, step)) !== undefined,
      giveUp: (failure) => giveUp(deps, fence, installation, failure),
    },
  )
  return ended ?? activate(deps, fence, installation)
}

interface Subject {
  installation: InstallationDocument
  version: ReleaseFacts
  signal: AbortSignal
}

const STEPS: readonly {
  name: InstallStep
  run(deps: InstallationsDeps, subject: Subject): Promise<StepOutcome>
}[] = [
  {
    name: 'verifying',
    run: ({ packages }, { installation }) => verifyPackage(packages, toActive(installation)),
  },
  { name: 'health_check', run: (deps, subject) => probeHealth(deps.lifecycle, runOf(deps, subject)) },
  { name: 'on_install', run: callOnInstall },
]

async function callOnInstall(deps: InstallationsDeps, subject: Subject): Promise<StepOutcome> {
  const { describe } = (await deps.reports.passed(subject.version.reportId)).package
  if (!describe.handlers.includes('onInstall')) return { ok: true }
  return deps.lifecycle.call(runOf(deps, subject), 'onInstall')
}

/** It may act as long as it is being installed, by this job. */
function runOf({ store }: InstallationsDeps, { installation, signal }: Subject): StagedRun {
  const documents = store.forOrganization(organizationOf(installation))(installations)
  const holds = async () => {
    const now = await documents.get(installation._id)
    return now?.state === 'installing' && now.jobId === installation.jobId
  }
  return { installation: toActive(installation), holds, signal }
}

async function mark({ store, clock }: InstallationsDeps, installation: InstallationDocument, step: InstallStep) {
  const documents = store.forOrganization(organizationOf(installation))(installations)
  const set = { step, updatedAt: clock.iso() }
  return documents.patch(installation._id, { set }, { where: { state: 'installing' } })
}

/**
 * The write that lets it run. It changes the version's row too: a removal of the version that commits at the same time
 * collides there, so that what is removed is never installed afterwards.
 */
async function activate(
  deps: InstallationsDeps,
  fence: Fence,
  { _id, ...rest }: InstallationDocument,
): Promise<JobOutcome> {
  const organizationId = organizationOf({ _id, ...rest })
  const outcome = await commit<JsonObject>(deps.store, async (tx) => {
    await fence.assert(tx)
    const documents = tx.forOrganization(organizationId)(installations)
    const current = await documents.get(_id)
    if (current?.state !== 'installing') return { ok: true, value: { skipped: true } }
    if (current.draft) await holdDraft(tx, organizationId, { ...current, draft: current.draft })
    else await holdVersion(tx, { organizationId, release: current, isBack: false })
    const patch = { set: { state: 'active', updatedAt: deps.clock.iso() }, unset: ['step'], inc: { epoch: 1 } }
    written(await documents.patch(_id, patch, { rev: current.rev }))
    const { extension, version, digest, consent } = current
    if (!current.draft) await approveOpenRequests(deps, tx, current)
    tx.emit({
      partition: organizationId,
      type: 'installation.activated',
      payload: { installationId: _id, extension, version, by: consent.by },
    })
    const entry = { organizationId, actor: consent.by, action: 'installation.activate', target: _id }
    await deps.audit.within(tx, { ...entry, outcome: 'allowed', details: { extension, version, digest } })
    return { ok: true, value: { installationId: _id, state: 'active' } }
  })
  if (outcome.ok) return { done: outcome.value }
  return giveUp(deps, fence, { _id, ...rest }, { step: 'activating', ...outcome.error })
}

async function holdDraft(
  tx: Transaction,
  organizationId: string,
  current: InstallationDocument & { draft: { id: string } },
): Promise<void> {
  const killed = await refuseKilled(tx, current)
  if (killed) abort(killed)
  if (await tx.forOrganization(organizationId)(drafts).get(current.draft.id)) return
  abort(refused('EXTENSION_LOAD_FAILED', 'the draft is over; upload it again'))
}

type Cause = Omit<InstallFailure, 'at'>

async function giveUp(
  deps: InstallationsDeps,
  fence: Fence,
  installation: InstallationDocument,
  { step, code, message }: Cause,
): Promise<JobOutcome> {
  const organizationId = organizationOf(installation)
  const outcome = await commit(deps.store, async (tx) => {
    await fence.assert(tx)
    const current = await tx.forOrganization(organizationId)(installations).get(installation._id)
    if (current?.state === 'installing') await fail(deps, tx, current, { step, code, message })
    return { ok: true, value: undefined }
  })
  if (!outcome.ok) throw new Error(outcome.error.message)
  return { done: { installationId: installation._id, state: 'failed' } }
}

/** Undoes by a job of the same commit what the steps may have left: rows that the code wrote, logs of its runs. */
async function fail(
  { clock, audit, jobs }: InstallationsDeps,
  tx: Transaction,
  installation: InstallationDocument,
  cause: Cause,
): Promise<void> {
  const { _id, rev, extension, version, consent } = installation
  const organizationId = organizationOf(installation)
  const now = clock.iso()
  const set = { state: 'failed', failure: { ...cause, at: now }, updatedAt: now }
  const patch = { set, unset: ['liveKey', 'step'] }
  written(await tx.forOrganization(organizationId)(installations).patch(_id, patch, { rev }))
  await jobs.enqueue(tx, { organizationId, type: ERASE_JOB, payload: { installationId: _id } })
  await eraseLater({ jobs, clock }, tx, { organizationId, installationId: _id })
  const payload = { installationId: _id, extension, version, by: consent.by, ...cause }
  tx.emit({ partition: organizationId, type: 'installation.failed', payload })
  const entry = { organizationId, actor: consent.by, action: 'installation.activate', target: _id }
  await audit.within(tx, { ...entry, outcome: 'failed', details: { ...cause } })
}

function organizationOf({ _id, organizationId }: InstallationDocument): string {
  if (organizationId === undefined) throw new Error(`the installation ${_id} has no organization`)
  return organizationId
}
