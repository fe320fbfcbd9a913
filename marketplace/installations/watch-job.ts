import { runs } from '../../runtime/invocations/invocations-collections.ts'
import type { Job, JobOutcome } from '../../runtime/jobs/job.ts'
import type { JobHandler } from '../../runtime/jobs/job-attempt.ts'
import type { Fence } from '../../runtime/jobs/job-lease.ts'
import type { Transaction } from '../../runtime/storage/port.ts'
import { refused } from '../errors.ts'
import { abort, commit, written } from '../publishing/commit.ts'
import { coveredConsent } from './covered-consent.ts'
import { hold } from './hold.ts'
import { type InstallationDocument, installations, toActive } from './installation-collections.ts'
import type { InstallationsDeps } from './installation-deps.ts'
import { installationIdOf } from './installation-job.ts'
import { OUTSIDE_FAULTS } from './outside-faults.ts'
import { swapVersion } from './swap-version.ts'
import { previousRelease } from './upgrade.ts'
import { UPGRADE_LIMITS } from './upgrade-limits.ts'
import { verifyPackage } from './verify-package.ts'

const { watchEveryMs, watchRuns, failures: mostFailures, failedShare } = UPGRADE_LIMITS

/** Looks at the runs of a version that has just come, and goes back by itself when it fails too often. */
export function createWatchJob(deps: InstallationsDeps): JobHandler {
  return { handle: (job, { fence }) => look(deps, job, fence), maxAttempts: 20 }
}

type Watched = InstallationDocument & { organizationId: string; watch: { since: string; until: string } }

/** The installation, while the version that this job is for is watched. */
async function watched(handles: Pick<Transaction, 'forOrganization'>, job: Job): Promise<Watched | undefined> {
  const { organizationId, payload } = job
  const found = await handles.forOrganization(organizationId)(installations).get(installationIdOf(job))
  const { digest } = payload as { digest?: string }
  const isIt = found?.watch && found.digest === digest && (found.state === 'active' || found.state === 'disabled')
  return isIt && found.watch ? { ...found, organizationId, watch: found.watch } : undefined
}

async function look(deps: InstallationsDeps, job: Job, fence: Fence): Promise<JobOutcome> {
  const installation = await watched(deps.store, job)
  if (!installation) return { done: { skipped: true } }
  const { total, failed, last } = await countRuns(deps, installation)
  if (failed >= mostFailures && failed >= total * failedShare) {
    const message = `${failed} of ${total} runs of ${installation.version} failed: ${last}`
    return { done: { back: await goBack(deps, fence, job, message) } }
  }
  if (total >= watchRuns || installation.watch.until <= deps.clock.iso())
    return { done: { watched: await endWatch(deps, fence, job) } }
  const waiting = { code: 'UNAVAILABLE', message: 'the version is still watched' }
  return { retry: { error: waiting, afterMs: watchEveryMs, countAttempt: false } }
}

async function countRuns({ store }: InstallationsDeps, { _id, organizationId, version, watch }: Watched) {
  const query = {
    where: { installationId: _id, endedAt: { $gte: watch.since } },
    sort: [['endedAt', 'asc']] as const,
    limit: 1_000,
  }
  const { data } = await store.forOrganization(organizationId)(runs).find(query)
  const own = data.filter((run) => run.version === version && run.reason !== 'lifecycle').slice(0, watchRuns)
  const bad = own.flatMap(({ failure }) => (failure && !OUTSIDE_FAULTS.has(failure.code) ? [failure] : []))
  return { total: own.length, failed: bad.length, last: bad.at(-1)?.message.slice(0, 200) ?? '' }
}

/** The way back as far as there is one; else it is disabled, for what fails so often does harm. */
async function goBack(deps: InstallationsDeps, fence: Fence, job: Job, message: string): Promise<boolean> {
  const standing = await vouchedFor(deps, job)
  const outcome = await commit<boolean>(deps.store, async (tx) => {
    await fence.assert(tx)
    const current = await watched(tx, job)
    if (!current) return { ok: true, value: false }
    const target = await previousRelease({ store: tx }, current)
    if (!target.ok) return target
    if (target.value.digest !== standing) return abort(GONE)
    const consent = await coveredConsent(tx, current, target.value)
    if (!consent)
      return abort({ ok: false, error: { code: 'CONSENT_REQUIRED', message: 'the way back needs consent' } })
    const because = { code: 'ERRORS', message }
    await swapVersion(deps, tx, current, {
      operation: 'rollback',
      target: target.value,
      consent,
      by: 'system',
      because,
    })
    return { ok: true, value: true }
  })
  if (outcome.ok) return outcome.value
  const reason = `${message}; there is no way back: ${outcome.error.message}`
  const { organizationId } = job
  const held = await hold(deps, { kind: 'system', organizationId }, installationIdOf(job), {
    reason: 'errors',
    message: reason,
  })
  if (!held.ok) deps.log.warn({ installationId: installationIdOf(job), code: held.error.code }, 'it was not disabled')
  await endWatch(deps, fence, job)
  return false
}

const GONE = refused('EXTENSION_LOAD_FAILED', 'nobody vouches for the version before any more')

/** The digest of the version before, if its package may still be loaded: nothing is loaded inside a transaction. */
async function vouchedFor(deps: InstallationsDeps, job: Job): Promise<string | undefined> {
  const current = await watched(deps.store, job)
  if (!current?.previous) return undefined
  const { version, digest } = current.previous
  const { ok } = await verifyPackage(deps.packages, { ...toActive(current), version, digest })
  return ok ? digest : undefined
}

async function endWatch({ store, clock }: InstallationsDeps, fence: Fence, job: Job): Promise<boolean> {
  const outcome = await commit<boolean>(store, async (tx) => {
    await fence.assert(tx)
    const current = await watched(tx, job)
    if (!current) return { ok: true, value: false }
    const documents = tx.forOrganization(job.organizationId)(installations)
    const patch = { set: { updatedAt: clock.iso() }, unset: ['watch'] }
    written(await documents.patch(current._id, patch, { rev: current.rev }))
    return { ok: true, value: true }
  })
  return outcome.ok && outcome.value
}
