import { Type } from '@sinclair/typebox'
import type { Job } from '../../../runtime/jobs/job.ts'
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
  result: Type.Optional(Type.Unknown()),
  lastError: Type.Optional(Type.Object({ code: Type.String(), message: Type.String(), at: Instant })),
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

export function registerJobs(app: App, { runtime }: Services): void {
  app.get('/api/jobs/:id', { schema: get }, async (request) => {
    const { principal } = await requireOrganization(request)
    const job = await runtime.jobs.get(principal.organizationId, request.params.id)
    return job ? viewOf(job) : refuse('NOT_FOUND', 'there is no such job')
  })
}

/** The payload stays inside: it belongs to the handler, not to the caller. */
function viewOf(job: Job) {
  const { _id: id, type, state, attempts, maxAttempts, dueAt, result, lastError, createdAt, finishedAt } = job
  const base = { id, type, state, attempts, maxAttempts, createdAt }
  return {
    ...base,
    ...(state === 'READY' && dueAt !== undefined ? { nextAttemptAt: dueAt } : {}),
    ...(result === undefined ? {} : { result }),
    ...(lastError === undefined ? {} : { lastError }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
  }
}
