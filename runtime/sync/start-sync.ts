import { isFinal, type Job } from '../jobs/job.ts'
import { principalName } from '../permissions/principal.ts'
import { type Result, refusal, success } from '../result.ts'
import { StorageConflict } from '../storage/port.ts'
import { checkedBy } from './check-request.ts'
import { bindingsOf, type Integration } from './integration.ts'
import type { Person } from './integration-access.ts'
import { entryOf, findManaged, type IntegrationDeps } from './integration-deps.ts'
import { SyncRequest } from './integration-request.ts'
import { newProgress, resultOf, type SyncResult, syncRuns } from './run.ts'
import { SYNC_JOB } from './sync-run.ts'

const checkSync = checkedBy(SyncRequest)

/** How long the caller is kept waiting for the result before the job goes on without an audience. */
const INLINE_MS = 5_000

export interface StartedSync {
  job: Job
  /** Whether the job is final: otherwise ask for it later. */
  finished: boolean
  result: SyncResult
}

/** The run and its job are stored before anything is tried, so that what was accepted is not lost (S-202 to S-205). */
export async function startSync(
  deps: IntegrationDeps,
  principal: Person,
  idOrSlug: string,
  body: unknown = {},
): Promise<Result<StartedSync>> {
  const checked = checkSync(body)
  if (!checked.ok) return checked
  const found = await findManaged(deps, principal, idOrSlug, 'integration.sync')
  if (!found.ok) return found
  const integration = found.value
  const { status } = integration
  if (status === 'PAUSED' || status === 'DISABLED') {
    return refusal('CONFLICT', `the integration is ${status.toLowerCase()}`)
  }
  const bound = Object.keys(bindingsOf(integration))
  const { streams = bound, full = false } = checked.value
  const unknown = streams.filter((stream) => !bound.includes(stream))
  if (unknown.length > 0) return refusal('INVALID_ARGUMENT', `not bound: ${unknown.join(', ')}`)
  const queued = await enqueue(deps, principal, integration, { streams, full })
  if (!queued.ok) return queued
  const job = await deps.jobs.runInline(queued.value.jobId, INLINE_MS)
  const run = await deps.store.forOrganization(integration.organizationId)(syncRuns).get(queued.value.runId)
  if (!run) return refusal('NOT_FOUND', 'the run was deleted')
  return success({ job, finished: isFinal(job), result: resultOf(run) })
}

async function enqueue(
  deps: IntegrationDeps,
  principal: Person,
  { _id: integrationId, organizationId }: Integration,
  { streams, full }: { streams: string[]; full: boolean },
): Promise<Result<{ runId: string; jobId: string }>> {
  const runId = deps.ids('run')
  try {
    const job = await deps.store.tx(async (tx) => {
      const queued = await deps.jobs.enqueue(tx, { organizationId, type: SYNC_JOB, payload: { runId } })
      await tx
        .forOrganization(organizationId)(syncRuns)
        .insert({
          _id: runId,
          integrationId,
          jobId: queued._id,
          state: 'QUEUED',
          activeKey: integrationId,
          full,
          streams: streams.map(newProgress),
          errors: [],
          startedBy: principalName(principal),
          createdAt: deps.clock.iso(),
        })
      const details = { runId, jobId: queued._id, streams, full }
      const entry = { action: 'integration.sync', target: integrationId, outcome: 'allowed', details } as const
      await deps.audit.within(tx, entryOf(principal, entry))
      return queued
    })
    return success({ runId, jobId: job._id })
  } catch (error) {
    if (!(error instanceof StorageConflict) || error.index !== 'active') throw error
    return alreadyRunning(deps, organizationId, integrationId)
  }
}

async function alreadyRunning(
  { store }: IntegrationDeps,
  organizationId: string,
  integrationId: string,
): Promise<Extract<Result<never>, { ok: false }>> {
  const where = { activeKey: integrationId }
  const [run] = (await store.forOrganization(organizationId)(syncRuns).find({ where, limit: 1 })).data
  const details = run ? { runId: run._id, jobId: run.jobId } : {}
  return refusal('CONFLICT', 'a sync of this integration is running', { details })
}
