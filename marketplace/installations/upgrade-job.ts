import type { Job, JobOutcome } from '../../runtime/jobs/job.ts'
import type { JobHandler } from '../../runtime/jobs/job-attempt.ts'
import type { Fence } from '../../runtime/jobs/job-lease.ts'
import type { Transaction } from '../../runtime/storage/port.ts'
import { commit, written } from '../publishing/commit.ts'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import { versions } from '../publishing/publishing-collections.ts'
import { checkAnswers } from './check-answers.ts'
import { validConfig } from './config.ts'
import { effectiveGrant } from './effective-grant.ts'
import {
  configOf,
  type EndedUpgrade,
  type GrantedConsent,
  type InstallationDocument,
  installations,
  toActive,
  type Upgrade,
  type UpgradeStep,
} from './installation-collections.ts'
import type { InstallationsDeps } from './installation-deps.ts'
import { installationIdOf } from './installation-job.ts'
import type { StagedRun } from './lifecycle.ts'
import { probeHealth } from './probe-health.ts'
import { runSteps } from './run-steps.ts'
import type { StepOutcome } from './step-outcome.ts'
import { swapVersion } from './swap-version.ts'
import { verifyPackage } from './verify-package.ts'

const MAX_ATTEMPTS = 4
const REASON = 'versions belong to publishers, which belong to no organization'

/**
 * Brings a staged version from its consent to running, beside the one that runs: the bytes and the configuration, a
 * health check under the new grant, `onUpgrade`, and one write that changes the version. Until that write nothing is
 * different for anybody; a failure takes the staging away and leaves the old version as it is.
 */
export function createUpgradeJob(deps: InstallationsDeps): JobHandler {
  return {
    handle: (job, { fence, signal }) => upgrade(deps, job, fence, signal),
    settled: async (tx, job) => {
      if (job.state === 'DONE') return
      const installation = await staged(tx, job)
      const { code, message } = job.lastError ?? { code: 'CANCELLED', message: 'it was called off' }
      if (installation) await end(deps, tx, installation, { step: installation.upgrade.step, code, message })
    },
    maxAttempts: MAX_ATTEMPTS,
  }
}

type Staged = InstallationDocument & { organizationId: string; upgrade: Upgrade & { consent: GrantedConsent } }

/** The installation, while this job's upgrade of it is under way. */
async function staged(handles: Pick<Transaction, 'forOrganization'>, job: Job): Promise<Staged | undefined> {
  const { organizationId } = job
  const found = await handles.forOrganization(organizationId)(installations).get(installationIdOf(job))
  if (!found || (found.state !== 'active' && found.state !== 'disabled')) return undefined
  const { upgrade } = found
  if (upgrade?.jobId !== job._id || !upgrade.consent) return undefined
  return { ...found, organizationId, upgrade: { ...upgrade, consent: upgrade.consent } }
}

async function upgrade(deps: InstallationsDeps, job: Job, fence: Fence, signal: AbortSignal): Promise<JobOutcome> {
  const installation = await staged(deps.store, job)
  if (!installation) return { done: { skipped: true } }
  const { extension, upgrade: wanted } = installation
  const target = await deps.store.asSystem(REASON)(versions).get(`${extension}@${wanted.version}`)
  if (!target) throw new Error(`${installation._id} goes to ${extension}@${wanted.version}, which does not exist`)
  const effective = effectiveGrant(target.capabilities, wanted.consent, configOf(installation))
  if (!effective.ok) return giveUp(deps, fence, job, { step: 'verifying', ...effective.error })
  const run: StagedRun = {
    installation: { ...toActive(installation), ...idOf(target), ...effective.value },
    holds: async () => (await staged(deps.store, job)) !== undefined,
    signal,
  }
  const subject = { installation, target, run }
  const ended = await runSteps(
    job,
    STEPS.map(({ name, work }) => ({ name, work: () => work(deps, subject) })),
    {
      mark: (step) => mark(deps, job, step),
      giveUp: (failure) => giveUp(deps, fence, job, failure),
    },
  )
  return ended ?? swap(deps, fence, job, { installation, target })
}

function idOf({ version, digest, card }: ReleaseFacts) {
  return { version, digest, kind: card.kind }
}

interface Subject {
  installation: Staged
  target: ReleaseFacts
  run: StagedRun
}

const STEPS: readonly {
  name: UpgradeStep
  work(deps: InstallationsDeps, subject: Subject): Promise<StepOutcome>
}[] = [
  { name: 'verifying', work: verify },
  { name: 'health_check', work: checkHealth },
  { name: 'on_upgrade', work: callOnUpgrade },
]

async function verify(deps: InstallationsDeps, { installation, target, run }: Subject): Promise<StepOutcome> {
  const verified = await verifyPackage(deps.packages, run.installation)
  if (!verified.ok) return verified
  const valid = await validConfig(deps, target, configOf(installation))
  if (valid.ok) return { ok: true }
  const { code, message } = valid.error
  return { ok: false, code, message, retryable: code === 'UNAVAILABLE' }
}

async function checkHealth(deps: InstallationsDeps, { installation, target, run }: Subject): Promise<StepOutcome> {
  const probed = await probeHealth(deps.lifecycle, run)
  return probed.ok ? checkAnswers(deps, { installation, target, run }) : probed
}

/** Only upwards: an older version knows nothing of what a newer one kept. */
async function callOnUpgrade(deps: InstallationsDeps, { installation, target, run }: Subject): Promise<StepOutcome> {
  if (installation.upgrade.operation === 'rollback') return { ok: true }
  const { describe } = (await deps.reports.passed(target.reportId)).package
  if (!describe.handlers.includes('onUpgrade')) return { ok: true }
  return deps.lifecycle.call(run, 'onUpgrade', [installation.version])
}

async function mark({ store, clock }: InstallationsDeps, job: Job, step: UpgradeStep): Promise<boolean> {
  const documents = store.forOrganization(job.organizationId)(installations)
  const set = { 'upgrade.step': step, updatedAt: clock.iso() }
  return (await documents.patch(installationIdOf(job), { set }, { where: { 'upgrade.jobId': job._id } })) !== undefined
}

async function swap(
  deps: InstallationsDeps,
  fence: Fence,
  job: Job,
  { installation, target }: Pick<Subject, 'installation' | 'target'>,
): Promise<JobOutcome> {
  const outcome = await commit<'swapped' | 'skipped' | 'again'>(deps.store, async (tx) => {
    await fence.assert(tx)
    const current = await staged(tx, job)
    if (!current) return { ok: true, value: 'skipped' }
    // What was checked is not what would run: from the start.
    if (current.config !== installation.config) return { ok: true, value: 'again' }
    const { operation, consent, by } = current.upgrade
    await swapVersion(deps, tx, current, { operation, target, consent, by })
    return { ok: true, value: 'swapped' }
  })
  if (!outcome.ok) return giveUp(deps, fence, job, { step: 'swapping', ...outcome.error })
  const { _id: installationId } = installation
  if (outcome.value === 'swapped') return { done: { installationId, version: target.version } }
  if (outcome.value === 'skipped') return { done: { skipped: true } }
  return { retry: { error: { code: 'CONFLICT', message: 'the configuration was changed meanwhile' }, afterMs: 0 } }
}

type Cause = Pick<EndedUpgrade, 'code' | 'message'> & { step: UpgradeStep }

async function giveUp(
  deps: InstallationsDeps,
  fence: Fence,
  job: Job,
  { step, code, message }: Cause,
): Promise<JobOutcome> {
  const outcome = await commit(deps.store, async (tx) => {
    await fence.assert(tx)
    const current = await staged(tx, job)
    if (current) await end(deps, tx, current, { step, code, message })
    return { ok: true, value: undefined }
  })
  if (!outcome.ok) throw new Error(outcome.error.message)
  return { done: { installationId: installationIdOf(job), failed: step, code } }
}

/** Takes the staging away: nothing else of it was to be seen. */
async function end(
  { clock, audit }: InstallationsDeps,
  tx: Transaction,
  { _id, rev, organizationId, extension, version: from, upgrade: { operation, version, by } }: Staged,
  cause: Cause,
): Promise<void> {
  const at = clock.iso()
  const lastUpgrade: EndedUpgrade = { operation, version, outcome: 'failed', ...cause, at }
  const patch = { set: { lastUpgrade, updatedAt: at }, unset: ['upgrade'] }
  written(await tx.forOrganization(organizationId)(installations).patch(_id, patch, { rev }))
  const action = `installation.${operation}_failed`
  const payload = { installationId: _id, extension, version, from, by, ...cause }
  tx.emit({ partition: organizationId, type: action, payload })
  const details = { extension, version, from, ...cause }
  await audit.within(tx, { organizationId, actor: by, action, target: _id, outcome: 'failed', details })
}
