import type { JsonObject } from '@annex/sdk/json'
import type { Job, JobOutcome } from '../../runtime/jobs/job.ts'
import type { JobHandler } from '../../runtime/jobs/job-attempt.ts'
import type { Fence } from '../../runtime/jobs/job-lease.ts'
import { commit, written } from '../publishing/commit.ts'
import { eraseLater } from './erase-later.ts'
import { type InstallationDocument, installations, toActive } from './installation-collections.ts'
import type { InstallationsDeps } from './installation-deps.ts'
import { installationIdOf } from './installation-job.ts'
import { installedRelease } from './installed-release.ts'
import type { StagedRun } from './lifecycle.ts'

/** Uninstalling must end: its storage steps are tried for about a day before somebody is needed. */
const MAX_ATTEMPTS = 100

/** Takes apart an installation that cannot run any more. The extension has a say, but no vote. */
export function createUninstallJob(deps: InstallationsDeps): JobHandler {
  return { handle: (job, { fence, signal }) => uninstall(deps, job, fence, signal), maxAttempts: MAX_ATTEMPTS }
}

/** Deletes what a failed installation left. */
export function createEraseJob(deps: InstallationsDeps): JobHandler {
  return {
    handle: async (job) => {
      await deps.erase(job.organizationId, installationIdOf(job))
      return { done: {} }
    },
    maxAttempts: MAX_ATTEMPTS,
  }
}

async function uninstall(deps: InstallationsDeps, job: Job, fence: Fence, signal: AbortSignal): Promise<JobOutcome> {
  const { organizationId } = job
  const _id = installationIdOf(job)
  const installation = await deps.store.forOrganization(organizationId)(installations).get(_id)
  if (installation?.state !== 'uninstalling') return { done: { skipped: true } }
  await deps.release(organizationId, _id, `${installation.displayName} was uninstalled`)
  // Once: an extension that hangs or kills its child must not do so on every attempt.
  if (job.attempts === 1 && !installation.disabled?.killed) await sayGoodbye(deps, installation, signal)
  await deps.erase(organizationId, _id)
  const outcome = await commit<JsonObject>(deps.store, async (tx) => {
    await fence.assert(tx)
    const documents = tx.forOrganization(organizationId)(installations)
    const current = await documents.get(_id)
    if (current?.state !== 'uninstalling') return { ok: true, value: { skipped: true } }
    const set = { state: 'uninstalled', updatedAt: deps.clock.iso() }
    written(await documents.patch(_id, { set, unset: ['liveKey', 'step'] }, { rev: current.rev }))
    await eraseLater(deps, tx, { organizationId, installationId: _id })
    const { extension } = current
    tx.emit({
      partition: organizationId,
      type: 'installation.uninstalled',
      payload: { installationId: _id, extension },
    })
    return { ok: true, value: { installationId: _id, state: 'uninstalled' } }
  })
  if (!outcome.ok) throw new Error(outcome.error.message)
  return { done: outcome.value }
}

async function sayGoodbye(
  deps: InstallationsDeps,
  installation: InstallationDocument,
  signal: AbortSignal,
): Promise<void> {
  const { extension, _id } = installation
  try {
    const document = await installedRelease(deps.store, installation)
    const report = document && (await deps.reports.passed(document.reportId))
    if (!report?.package.describe.handlers.includes('onUninstall')) return
    const outcome = await deps.lifecycle.call(runOf(deps, installation, signal), 'onUninstall')
    if (!outcome.ok) deps.log.warn({ installationId: _id, extension, code: outcome.code }, 'onUninstall failed')
  } catch (error) {
    deps.log.warn({ installationId: _id, extension, err: error }, 'onUninstall could not run')
  }
}

/** It may act until what it kept is deleted, and as long as this attempt lasts. */
function runOf({ store }: InstallationsDeps, installation: InstallationDocument, signal: AbortSignal): StagedRun {
  const active = toActive(installation)
  const documents = store.forOrganization(active.organizationId)(installations)
  const holds = async () => !signal.aborted && (await documents.get(active.id))?.state === 'uninstalling'
  return { installation: active, holds, signal }
}
