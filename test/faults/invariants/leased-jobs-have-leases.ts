import { isFinal, jobs } from '../../../runtime/jobs/job.ts'
import type { Invariant } from '../invariant.ts'

/** A job that is neither final nor due at some instant would stay as it is for ever: nobody's poll finds it. */
export const leasedJobsHaveLeases: Invariant = {
  name: 'a job is final, or due at an instant',
  async check({ all }) {
    return (await all(jobs)).flatMap((job) => {
      if (isFinal(job)) {
        const left = job.dueAt !== undefined || job.uniqueKey !== undefined
        return left ? [`${job._id} is ${job.state} and still due or holding its key`] : []
      }
      if (job.dueAt === undefined) return [`${job._id} is ${job.state} and never due`]
      if (job.state === 'LEASED' && (job.worker === undefined || job.leaseToken < 1)) {
        return [`${job._id} is leased to nobody`]
      }
      return []
    })
  },
}
