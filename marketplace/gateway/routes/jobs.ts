import { Type } from '@sinclair/typebox'
import type { Job } from '../../../runtime/jobs/job.ts'
import type { Store } from '../../../runtime/storage/port.ts'
import { bindingsOf, integrations } from '../../../runtime/sync/integration.ts'
import { maySee, type Person } from '../../../runtime/sync/integration-access.ts'
import { syncRuns } from '../../../runtime/sync/run.ts'
import { SYNC_JOB } from '../../../runtime/sync/sync-run.ts'
import type { Services } from '../../services.ts'
import type { App } from '../app-type.ts'
import { requireOrganization } from '../authentication.ts'
import { refuse } from '../refusal.ts'
import { Id, IdParams, Instant, PROBLEMS, SESSION_OR_KEY } from '../schemas.ts'

const JobView = Type.Object({
  id: Id,
  type: Type.String(),
  state: Type.Union(['READY', 'LEASED', 'DONE', 'DEAD', 'CANCELLED'].map((state) => Type.Literal(state))),
  attempts: Type.Integer(),
  maxAttempts: Type.Integer(),
  nextAttemptAt: Type.Optional(Instant),
  result: Type.Optional(Type.Unknown({ description: 'For who may see what the job works on' })),
  lastError: Type.Optional(
    Type.Object({
      code: Type.String(),
      message: Type.Optional(Type.String({ description: 'As `result`: for who may see what the job works on' })),
      at: Instant,
    }),
  ),
  createdAt: Instant,
  finishedAt: Type.Optional(Instant),
})

const get = {
  tags: ['jobs'],
  summary: 'State, attempts, next attempt and result of a job',
  security: SESSION_OR_KEY,
  params: IdParams,
  response: { 200: JobView, ...PROBLEMS },
}

export function registerJobs(app: App, { runtime, store }: Services): void {
  app.get('/api/jobs/:id', { schema: get }, async (request) => {
    const { principal } = await requireOrganization(request)
    const job = await runtime.jobs.get(principal.organizationId, request.params.id)
    return job ? viewOf(job, await seesInside(store, principal, job)) : refuse('NOT_FOUND', 'there is no such job')
  })
}

/** Owners and admins see what came of every job, others what came of the syncs of integrations that they may see. */
async function seesInside(store: Store, principal: Person, { type, payload }: Job): Promise<boolean> {
  if (principal.kind === 'user' && (principal.role === 'owner' || principal.role === 'admin')) return true
  const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload)
  const runId = type === SYNC_JOB && isObject ? payload.runId : undefined
  const mine = store.forOrganization(principal.organizationId)
  const run = typeof runId === 'string' ? await mine(syncRuns).get(runId) : undefined
  const integration = run && (await mine(integrations).get(run.integrationId))
  return integration !== undefined && maySee(principal, bindingsOf(integration)).allowed
}

/** The payload stays inside: it belongs to the handler, not to the caller. */
function viewOf(job: Job, inside: boolean) {
  const { _id: id, type, state, attempts, maxAttempts, dueAt, result, lastError, createdAt, finishedAt } = job
  const base = { id, type, state, attempts, maxAttempts, createdAt }
  return {
    ...base,
    ...(state === 'READY' && dueAt !== undefined ? { nextAttemptAt: dueAt } : {}),
    ...(result === undefined || !inside ? {} : { result }),
    ...(lastError === undefined ? {} : { lastError: inside ? lastError : { code: lastError.code, at: lastError.at } }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
  }
}
