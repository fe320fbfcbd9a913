import type { Jobs } from '../../runtime/jobs/jobs.ts'
import { type ChannelMoves, createChannelMoves } from './channel-moves.ts'
import { createListings, type Listings } from './listings.ts'
import type { OutsideDataDeps } from './outside-data.ts'
import { createPublishers, type Publishers, type PublishersDeps } from './publishers.ts'
import { PUBLISHING_LIMITS, type PublishingLimits } from './publishing-limits.ts'
import { createRechecks, type Rechecks } from './recheck.ts'
import type { Reports } from './reports.ts'
import type { ReviewDesk } from './review-desk.ts'
import { createSubmissions, type Submissions, type SubmissionsDeps, VALIDATE_JOB } from './submissions.ts'
import { createSuspensions, type Suspensions } from './suspensions.ts'
import { createValidationJob, type PackageCheck } from './validate-submission.ts'

/** From a namespace to a package that passed its check. */
export interface Publishing {
  publishers: Publishers
  submissions: Submissions
  rechecks: Rechecks
  channels: ChannelMoves
  listings: Listings
  suspensions: Suspensions
}

export interface PublishingDeps extends PublishersDeps, OutsideDataDeps, Omit<SubmissionsDeps, 'limits'> {
  jobs: Jobs
  reviewDesk: ReviewDesk
  reports: Reports
  check: PackageCheck
  limits?: Partial<PublishingLimits>
}

/** Registers its job: to be made before the queue starts. */
export function createPublishing(deps: PublishingDeps): Publishing {
  const limits = { ...PUBLISHING_LIMITS, ...deps.limits }
  deps.jobs.register(
    VALIDATE_JOB,
    createValidationJob({
      ...deps,
      checkMs: limits.checkMs,
    }),
  )
  return {
    publishers: createPublishers(deps),
    submissions: createSubmissions({ ...deps, limits }),
    rechecks: createRechecks(deps),
    channels: createChannelMoves(deps),
    listings: createListings(deps),
    suspensions: createSuspensions(deps),
  }
}
