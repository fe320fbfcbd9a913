import type { Clock } from '../clock.ts'
import { jobs as jobDocuments } from '../jobs/job.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { StorageConflict, type Store, type Transaction } from '../storage/port.ts'
import { nextRun } from './next-run.ts'
import { SCHEDULE_JOB } from './run-schedule.ts'
import { runKey, type Schedule, schedules } from './schedule.ts'

interface TickDeps {
  store: Store
  clock: Clock
  jobs: Jobs
}

/**
 * Enqueues what is due, on whichever node looks first; how many runs. The next run is reckoned from now: of several
 * that were missed while nobody was there, one is made up for. A slot that comes while the last run goes on is left out.
 */
export async function tick(deps: TickDeps): Promise<number> {
  const { store, clock } = deps
  const everyTenant = store.asSystem('schedules of every organization come due')(schedules)
  const due = await everyTenant.find({
    where: { nextRunAt: { $lte: clock.iso() } },
    sort: [['nextRunAt', 'asc']],
    limit: 200,
  })
  let begun = 0
  for (const schedule of due.data) if (await beginDue(deps, schedule)) begun++
  return begun
}

async function beginDue(deps: TickDeps, { organizationId, _id, rev, cron, timezone }: Schedule): Promise<boolean> {
  try {
    return await deps.store.tx(async (tx) => {
      const next = nextRun({ cron, timezone }, deps.clock.now())
      const patch = next === undefined ? { unset: ['nextRunAt'] } : { set: { nextRunAt: next } }
      // Another node was there first, or somebody changed it: nothing to do.
      if (!(await tx.forOrganization(organizationId)(schedules).patch(_id, patch, { rev }))) return false
      return enqueueRun(deps.jobs, tx, { organizationId, _id })
    })
  } catch (error) {
    // Somebody had it run by hand in this very moment; the schedule stays due, and the next look passes the slot over.
    if (error instanceof StorageConflict) return false
    throw error
  }
}

/** False while a run of it goes on. */
export async function enqueueRun(
  jobs: Jobs,
  tx: Transaction,
  { organizationId, _id }: Pick<Schedule, 'organizationId' | '_id'>,
): Promise<boolean> {
  const uniqueKey = runKey(_id)
  const running = await tx.forOrganization(organizationId)(jobDocuments).find({ where: { uniqueKey }, limit: 1 })
  if (running.data.length > 0) return false
  await jobs.enqueue(tx, { organizationId, type: SCHEDULE_JOB, uniqueKey, payload: { scheduleId: _id } })
  return true
}
