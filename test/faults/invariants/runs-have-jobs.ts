import { isFinal, jobs } from '../../../runtime/jobs/job.ts'
import { isFinalRun, syncRuns } from '../../../runtime/sync/run.ts'
import { groupBy } from '../group-by.ts'
import type { Invariant } from '../invariant.ts'

/** A run that is not final without a job that will go on with it would show as running for ever. */
export const runsHaveJobs: Invariant = {
  name: 'a run that is not final has a job that is not, and is the only one of its integration',
  async check({ all }) {
    const jobOf = new Map((await all(jobs)).map((job) => [job._id, job]))
    const open = (await all(syncRuns)).filter((run) => !isFinalRun(run))
    const orphans = open.flatMap((run) => {
      const job = jobOf.get(run.jobId)
      return !job || isFinal(job) ? [`${run._id} is ${run.state}, its job ${job?.state ?? 'is gone'}`] : []
    })
    const doubles = [...groupBy(open, (run) => run.integrationId)]
      .filter(([, group]) => group.length > 1)
      .map(([integration, group]) => `${integration} has ${group.length}`)
    return [...orphans, ...doubles]
  },
}
