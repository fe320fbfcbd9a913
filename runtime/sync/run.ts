import { collection, type Stored } from '../storage/port.ts'
import type { LogTally } from './integration-log.ts'

export type SyncRunState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'PARTIAL' | 'FAILED' | 'CANCELLED'

/** What became of the records of a stream in one run. OUTBOUND: created and updated are what the other side took. */
export type StreamCounters = {
  read: number
  created: number
  updated: number
  unchanged: number
  deleted: number
  quarantined: number
  /** Left out by a transformation, with a reason. */
  dropped: number
  pages: number
}

export type StreamProgress = {
  stream: string
  done: boolean
  counters: StreamCounters
  /** JSON text of the checkpoint that the run started from, and of the last one that it committed. */
  checkpointFrom?: string
  checkpointTo?: string
}

export type RunError = { code: string; message: string; at: string; stream?: string }

export interface SyncRun extends Stored {
  organizationId: string
  integrationId: string
  jobId: string
  state: SyncRunState
  /** The integration's id while the run is not final: at most one such run, by a unique index. */
  activeKey?: string
  full: boolean
  /** Whether the recordings of its runs are kept also when they succeed. */
  record?: boolean
  /** In the order in which they are run. */
  streams: StreamProgress[]
  /** ISO 8601: fixed when the run first starts, so that a resumed run reads up to the same instant. */
  upperBound?: string
  errors: RunError[]
  /** What it has written into the log; absent: nothing yet. */
  log?: LogTally
  /** `principalName` of who started it. */
  startedBy: string
  createdAt: string
  startedAt?: string
  finishedAt?: string
}

export const syncRuns = collection<SyncRun>({
  name: 'syncRuns',
  scope: 'organization',
  indexes: {
    active: { fields: ['activeKey'], unique: true },
    integration: { fields: ['integrationId', 'createdAt'] },
  },
})

/** What a run did, as it is shown and kept with its job. Checkpoints are JSON text, as the connector wrote them. */
export type SyncResult = {
  runId: string
  state: SyncRunState
  streams: StreamProgress[]
  errors: RunError[]
  upperBound?: string
  startedAt?: string
  finishedAt?: string
}

export function resultOf(run: SyncRun): SyncResult {
  const { upperBound, startedAt, finishedAt } = run
  return {
    runId: run._id,
    state: run.state,
    streams: run.streams,
    errors: run.errors,
    ...(upperBound === undefined ? {} : { upperBound }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
  }
}

export function isFinalRun(run: SyncRun): boolean {
  return run.state !== 'QUEUED' && run.state !== 'RUNNING'
}

export function newProgress(stream: string): StreamProgress {
  return { stream, done: false, counters: addCounters({}) }
}

/** `before` with the given counters added. */
export function addCounters(more: Partial<StreamCounters>, before?: StreamCounters): StreamCounters {
  const sum = (name: keyof StreamCounters): number => (before?.[name] ?? 0) + (more[name] ?? 0)
  return {
    read: sum('read'),
    created: sum('created'),
    updated: sum('updated'),
    unchanged: sum('unchanged'),
    deleted: sum('deleted'),
    quarantined: sum('quarantined'),
    dropped: sum('dropped'),
    pages: sum('pages'),
  }
}
