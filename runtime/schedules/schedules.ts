import type { Invocations } from '../invocations/invocation.ts'
import { createJobLoop } from '../jobs/job-loop.ts'
import { type Result, refusal, success } from '../result.ts'
import { StorageConflict, type Transaction } from '../storage/port.ts'
import { createFollowJob, createInstallationFollower, FOLLOW_JOB, type FollowDeps } from './follow-installations.ts'
import { nextRun } from './next-run.ts'
import { createScheduleJob, SCHEDULE_JOB } from './run-schedule.ts'
import { type Schedule, schedules } from './schedule.ts'
import { enqueueRun, tick } from './ticker.ts'

/** What extensions do by the clock. They follow the installed version, and stop when it is disabled or uninstalled. */
export interface Schedules {
  list(organizationId: string): Promise<Schedule[]>
  /** `NOT_FOUND`, or `CONFLICT` while it runs or its installation is disabled. */
  runNow(organizationId: string, scheduleId: string): Promise<Result<Schedule>>
  pause(organizationId: string, scheduleId: string): Promise<Result<Schedule>>
  resume(organizationId: string, scheduleId: string): Promise<Result<Schedule>>
  /** Brings all into line with what is installed, and enqueues what is due. For tests and command lines. */
  tick(): Promise<number>
  start(): void
  stop(): Promise<void>
}

const POLL_MS = 1_000

/** Registers its jobs: to be made before the queue starts. */
export function createSchedules(deps: FollowDeps & { invocations: Invocations }): Schedules {
  const { store, log, jobs } = deps
  const follower = createInstallationFollower(deps)
  jobs.register(FOLLOW_JOB, createFollowJob(deps))
  jobs.register(SCHEDULE_JOB, createScheduleJob(deps))
  const loop = createJobLoop(POLL_MS, async () => {
    await tick(deps).catch((error: unknown) => log.error({ err: error }, 'schedules could not be looked at'))
  })
  return {
    list: async (organizationId) =>
      (
        await store
          .forOrganization(organizationId)(schedules)
          .find({ sort: [['installationId', 'asc']], limit: 1000 })
      ).data,
    runNow: (organizationId, id) => runNow(deps, organizationId, id),
    pause: (organizationId, id) =>
      change(deps, organizationId, id, () => ({ set: { paused: true }, unset: ['nextRunAt'] })),
    resume: (organizationId, id) =>
      change(deps, organizationId, id, (schedule, active) => {
        // Of a disabled installation it waits until that is enabled.
        const next = active ? nextRun(schedule, deps.clock.now()) : undefined
        return { set: { paused: false, ...(next && { nextRunAt: next }) } }
      }),
    async tick() {
      await follower.drain()
      return tick(deps)
    },
    start() {
      follower.start()
      loop.start()
    },
    async stop() {
      await Promise.all([follower.stop(), loop.stop()])
    },
  }
}

const unknown = () => refusal('NOT_FOUND', 'there is no such schedule')

async function runNow(deps: FollowDeps, organizationId: string, id: string): Promise<Result<Schedule>> {
  const schedule = await deps.store.forOrganization(organizationId)(schedules).get(id)
  if (!schedule) return unknown()
  if (!(await deps.installations.active(organizationId, schedule.installationId)))
    return refusal('CONFLICT', 'its extension is disabled or uninstalled')
  const going = refusal('CONFLICT', 'a run of it goes on')
  try {
    const begun = await deps.store.tx((tx: Transaction) => enqueueRun(deps.jobs, tx, schedule))
    return begun ? success(schedule) : going
  } catch (error) {
    if (error instanceof StorageConflict) return going
    throw error
  }
}

async function change(
  { store, installations }: FollowDeps,
  organizationId: string,
  id: string,
  patch: (schedule: Schedule, active: boolean) => { set: Record<string, boolean | string>; unset?: string[] },
): Promise<Result<Schedule>> {
  const mine = store.forOrganization(organizationId)(schedules)
  const schedule = await mine.get(id)
  if (!schedule) return unknown()
  const active = (await installations.active(organizationId, schedule.installationId)) !== undefined
  const changed = await mine.patch(id, patch(schedule, active), { rev: schedule.rev })
  return changed ? success(changed) : refusal('CONFLICT', 'it changed in the meantime')
}
