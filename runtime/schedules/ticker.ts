import type { Clock } from '../clock.ts'
import { jobs as jobDocuments } from '../jobs/job.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Log } from '../log.ts'
import { StorageConflict, type Store, type Transaction } from '../storage/port.ts'
import { nextRun } from './next-run.ts'
import { SCHEDULE_JOB } from './run-schedule.ts'
import { runKey, type Schedule, schedules } from './schedule.ts'

interface TickDeps {
  store: Store
  clock: Clock
  log: Log
  jobs: Jobs
}

/**
 * Enqueues what is due, on whichever node looks first; how many runs. The next run is reckoned from now: of several
 * that were missed while nobody was there, one is made up for. A slot that comes while the last run goes on is left out.
 * One schedule that cannot be looked at does not keep the others from running.
 */
export async function tick(deps: TickDeps): Promise<number> {
  const { store, clock, log } = deps
  const everyTenant = store.asSystem('schedules of every organization come due')(schedules)
  const due = await everyTenant.find({
    where: { nextRunAt: { $lte: clock.iso() } },
    sort: [['nextRunAt', 'asc']],
    limit: 200,
  })
  let begun = 0
  for (const schedule of due.data) {
    const started = await beginDue(deps, schedule).catch((error: unknown) => {
      log.error({ scheduleId: schedule._id, err: error }, 'a schedule that is due could not be begun')
      return false
    })
    if (started) begun++
  }
  return begun
}

async function beginDue(deps: TickDeps, schedule: Schedule): Promise<boolean> {
  const { organizationId, _id, rev } = schedule
  const next = reckon(deps, schedule)
  try {
    return await deps.store.tx(async (tx) => {
      const patch = next === undefined ? { unset: ['nextRunAt'] } : { set: { nextRunAt: next } }
      // Another node was there first, or somebody changed it: nothing to do.
      if (!(await tx.forOrganization(organizationId)(schedules).patch(_id, patch, { rev }))) return false
      return enqueueRun(deps.jobs, tx, schedule)
    })
  } catch (error) {
    // Somebody had it run by hand in this very moment; the schedule stays due, and the next look passes the slot over.
    if (error instanceof StorageConflict) return false
    throw error
  }
}

/** One that nobody can reckon with (a zone that is no more) runs now, and is not due again until it is changed. */
function reckon({ clock, log }: TickDeps, schedule: Schedule): string | undefined {
  try {
    return nextRun(schedule, clock.now())
  } catch (error) {
    log.error({ scheduleId: schedule._id, err: error }, 'a schedule has no next time that could be reckoned')
    return undefined
  }
}

/** False while a run of it goes on. */
export async function enqueueRun(
  jobs: Jobs,
  tx: Transaction,
  { organizationId, installationId: group, _id }: Pick<Schedule, 'organizationId' | 'installationId' | '_id'>,
): Promise<boolean> {
  const uniqueKey = runKey(_id)
  const running = await tx.forOrganization(organizationId)(jobDocuments).find({ where: { uniqueKey }, limit: 1 })
  if (running.data.length > 0) return false
  await jobs.enqueue(tx, { organizationId, type: SCHEDULE_JOB, group, uniqueKey, payload: { scheduleId: _id } })
  return true
}
