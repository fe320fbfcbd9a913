import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { principalName } from '../../../runtime/permissions/principal.ts'
import type { Result } from '../../../runtime/result.ts'
import type { Schedule } from '../../../runtime/schedules/schedule.ts'
import type { Services } from '../../services.ts'
import type { App } from '../app-type.ts'
import { requireOrganization, requireSession } from '../authentication.ts'
import { orRefuse } from '../refusal.ts'
import { Id, IdParams, Instant, PROBLEMS, SESSION_ONLY } from '../schemas.ts'

const ScheduleView = Type.Object({
  id: Id,
  installationId: Type.String(),
  extension: Type.String(),
  name: Type.String(),
  cron: Type.String(),
  timezone: Type.String(),
  paused: Type.Boolean(),
  nextRunAt: Type.Optional(Instant),
  lastRun: Type.Optional(
    Type.Object({
      startedAt: Instant,
      endedAt: Instant,
      outcome: Type.Union(['succeeded', 'failed', 'skipped'].map((outcome) => Type.Literal(outcome))),
      runId: Type.Optional(Type.String()),
      error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
    }),
  ),
})

const one = { tags: ['schedules'], security: SESSION_ONLY, params: IdParams }

const list = {
  tags: ['schedules'],
  summary: 'What extensions do by the clock: next run, last run and how it ended; for owners and admins',
  security: SESSION_ONLY,
  response: { 200: Type.Object({ data: Type.Array(ScheduleView) }), ...PROBLEMS },
}

const run = { ...one, summary: 'Runs it now, behind', response: { 202: ScheduleView, ...PROBLEMS } }
const pause = { ...one, summary: 'Pauses it until somebody resumes it', response: { 200: ScheduleView, ...PROBLEMS } }
const resume = { ...one, summary: 'Lets it run again, from its next time on', response: pause.response }

export function registerSchedules(app: App, { runtime }: Services): void {
  const { schedules, audit } = runtime
  /** A change by an admin, written down when it took place. */
  const changed = async (
    request: FastifyRequest,
    action: 'run' | 'pause' | 'resume',
    change: (organizationId: string) => Promise<Result<Schedule>>,
  ) => {
    const admin = await adminOf(request)
    const { organizationId } = admin
    const schedule = orRefuse(await change(organizationId))
    const entry = { organizationId, actor: principalName(admin), action: `schedule.${action}`, target: schedule._id }
    await audit.write({ ...entry, outcome: 'allowed' })
    return viewOf(schedule)
  }
  app.get('/api/schedules', { schema: list }, async (request) => {
    const { organizationId } = await adminOf(request)
    return { data: (await schedules.list(organizationId)).map(viewOf) }
  })
  app.post('/api/schedules/:id/run', { schema: run }, async (request, reply) =>
    reply.code(202).send(await changed(request, 'run', (of) => schedules.runNow(of, request.params.id))),
  )
  app.post('/api/schedules/:id/pause', { schema: pause }, (request) =>
    changed(request, 'pause', (of) => schedules.pause(of, request.params.id)),
  )
  app.post('/api/schedules/:id/resume', { schema: resume }, (request) =>
    changed(request, 'resume', (of) => schedules.resume(of, request.params.id)),
  )
}

async function adminOf(request: FastifyRequest) {
  await requireSession(request)
  return (await requireOrganization(request, ['owner', 'admin'])).principal
}

function viewOf({ _id: id, installationId, extension, name, cron, timezone, paused, nextRunAt, lastRun }: Schedule) {
  return {
    ...{ id, installationId, extension, name, cron, timezone, paused },
    ...(nextRunAt !== undefined && { nextRunAt }),
    ...(lastRun && { lastRun }),
  }
}
