import { isFinal, type Job } from '../jobs/job.ts'
import { principalName } from '../permissions/principal.ts'
import { type Result, refusal, success } from '../result.ts'
import { StorageConflict, type Transaction } from '../storage/port.ts'
import { checkedBy } from './check-request.ts'
import { bindingsOf, type Integration, integrations, isStopped } from './integration.ts'
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

/** How often the checks are made anew when somebody changes the integration between them and the queueing. */
const MAX_TRIES = 5

/** The run and its job are stored before anything is tried, so that what was accepted is not lost (S-202 to S-205). */
export async function startSync(
  deps: IntegrationDeps,
  principal: Person,
  idOrSlug: string,
  body: unknown = {},
): Promise<Result<StartedSync>> {
  const checked = checkSync(body)
  if (!checked.ok) return checked
  const queued = await queueChecked(deps, principal, idOrSlug, checked.value)
  if (!queued.ok) return queued
  const { runId, jobId } = queued.value
  const job = await deps.jobs.runInline(jobId, INLINE_MS)
  const run = await deps.store.forOrganization(principal.organizationId)(syncRuns).get(runId)
  if (!run) return refusal('NOT_FOUND', 'the run was deleted')
  return success({ job, finished: isFinal(job), result: resultOf(run) })
}

type Queued = { runId: string; jobId: string }

async function queueChecked(
  deps: IntegrationDeps,
  principal: Person,
  idOrSlug: string,
  request: SyncRequest,
): Promise<Result<Queued>> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const found = await findManaged(deps, principal, idOrSlug, 'integration.sync')
    if (!found.ok) return found
    const wanted = checkWanted(found.value, request)
    if (!wanted.ok) return wanted
    const queued = await enqueue(deps, principal, found.value, wanted.value)
    if (queued) return queued
  }
  return refusal('CONFLICT', 'the integration was changed in the meantime')
}

type Wanted = { streams: string[]; full: boolean; record: boolean }

function checkWanted(integration: Integration, request: SyncRequest): Result<Wanted> {
  const { status } = integration
  if (isStopped(status)) return refusal('CONFLICT', `the integration is ${status.toLowerCase()}`)
  const bound = Object.keys(bindingsOf(integration))
  const { streams = bound, full = false, record = false } = request
  const unknown = streams.filter((stream) => !bound.includes(stream))
  if (unknown.length > 0) return refusal('INVALID_ARGUMENT', `not bound: ${unknown.join(', ')}`)
  return success({ streams, full, record })
}

/**
 * `undefined` when the integration is no longer what was checked. The commit writes the integration, if only its
 * revision: so a pause, or other bindings, can come before it or after it, but not unseen in between.
 */
async function enqueue(
  deps: IntegrationDeps,
  principal: Person,
  { _id: integrationId, organizationId, rev }: Integration,
  wanted: Wanted,
): Promise<Result<Queued> | undefined> {
  const runId = deps.ids('run')
  try {
    const jobId = await deps.store.tx(async (tx) => {
      const touched = await tx.forOrganization(organizationId)(integrations).patch(integrationId, {}, { rev })
      return touched && insertRun(deps, tx, { principal, organizationId, integrationId, runId, wanted })
    })
    return jobId === undefined ? undefined : success({ runId, jobId })
  } catch (error) {
    if (!(error instanceof StorageConflict) || error.index !== 'active') throw error
    return alreadyRunning(deps, organizationId, integrationId)
  }
}

interface NewRun {
  principal: Person
  organizationId: string
  integrationId: string
  runId: string
  wanted: Wanted
}

/** Answers the id of its job. */
async function insertRun(deps: IntegrationDeps, tx: Transaction, run: NewRun): Promise<string> {
  const { principal, organizationId, integrationId, runId, wanted } = run
  const { streams, full, record } = wanted
  const { _id: jobId } = await deps.jobs.enqueue(tx, { organizationId, type: SYNC_JOB, payload: { runId } })
  await tx
    .forOrganization(organizationId)(syncRuns)
    .insert({
      _id: runId,
      integrationId,
      jobId,
      state: 'QUEUED',
      activeKey: integrationId,
      full,
      ...(record && { record }),
      streams: streams.map(newProgress),
      errors: [],
      startedBy: principalName(principal),
      createdAt: deps.clock.iso(),
    })
  const details = { runId, jobId, streams, full }
  const entry = { action: 'integration.sync', target: integrationId, outcome: 'allowed', details } as const
  await deps.audit.within(tx, entryOf(principal, entry))
  return jobId
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
