import type { Json } from '@annex/sdk/json'
import { collection, type Stored } from '../storage/port.ts'

/** READY waits for `dueAt`; LEASED is in a worker's hands until `dueAt`. The other three are final and never change. */
export type JobState = 'READY' | 'LEASED' | 'DONE' | 'DEAD' | 'CANCELLED'

export type JobError = { code: string; message: string }

/** A unit of work that outlives the process: stored before it is promised, run at least once. */
export interface Job extends Stored {
  organizationId: string
  /** Names the handler. */
  type: string
  /** Groups take turns and hold at most half of a type's places, so that one with a thousand jobs does not keep the others
   * waiting. The organization if not said. Absent when final: finished jobs are no part of what a claim reads. */
  group?: string
  payload: Json
  state: JobState
  /** ISO 8601. READY: not before this instant. LEASED: whoever polls after it may take the job over. Absent when final. */
  dueAt?: string
  /** At most one job with this key per organization is not final. Absent when final. */
  uniqueKey?: string
  /** Counted when the job is claimed, so that one which kills its worker ends in DEAD and not in a loop. */
  attempts: number
  maxAttempts: number
  /** Grows with each claim and each cancellation: whoever holds an older one has lost the job. */
  leaseToken: number
  /** The node that holds or last held the lease. */
  worker?: string
  result?: Json
  lastError?: JobError & { at: string }
  createdAt: string
  finishedAt?: string
  /** When a job that has ended may be forgotten; one that is DEAD stays longer, as somebody may want to know why. */
  purgeAt?: string
}

export interface JobDraft {
  organizationId: string
  type: string
  payload: Json
  uniqueKey?: string
  /** ISO 8601; now if absent. */
  runAt?: string
  group?: string
  /** 5 if absent. */
  maxAttempts?: number
}

/** What a handler answers. `failed` ends the job in DEAD at once; `retry` does when the attempts are used up. */
export type JobOutcome =
  | { done: Json }
  | {
      retry: {
        error: JobError
        afterMs?: number /** False: a wait that was asked for, not a failure. */
        countAttempt?: boolean
      }
    }
  | { failed: JobError }

export const jobs = collection<Job>({
  name: 'jobs',
  scope: 'organization',
  indexes: {
    uniqueKey: { fields: ['uniqueKey'], unique: true },
    claim: { fields: ['type', 'group', 'dueAt'], global: true },
    purge: { fields: ['purgeAt'], global: true },
    created: { fields: ['createdAt'] },
  },
})

export const jobsCollections = [jobs]

/** What a final job has no more, so that the indexes of waiting jobs let go of it. */
export const ONLY_BEFORE_THE_END: readonly (keyof Job)[] = ['dueAt', 'uniqueKey', 'group']

/** Milliseconds for which a job that is DONE or CANCELLED is kept. */
export const RETENTION_MS = 7 * 24 * 60 * 60 * 1_000

/** And one that is DEAD. */
export const DEAD_RETENTION_MS = 30 * 24 * 60 * 60 * 1_000

export function isFinal(job: Job): boolean {
  return job.state === 'DONE' || job.state === 'DEAD' || job.state === 'CANCELLED'
}
