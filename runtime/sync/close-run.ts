import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Transaction } from '../storage/port.ts'
import { type HealthStatus, type Integration, type IntegrationStatus, integrations, isStopped } from './integration.ts'
import { type LogEntry, leftOutLine, logLines, NO_LINES, pruneLogs, withinShare } from './integration-log.ts'
import { pruneQuarantine } from './quarantine.ts'
import { type RunError, resultOf, type SyncRun, type SyncRunState, syncRuns } from './run.ts'

export type FinalState = Exclude<SyncRunState, 'QUEUED' | 'RUNNING'>

export interface RunEnd {
  state: FinalState
  error?: Omit<RunError, 'at'>
  /** Written before the line that tells the end, as far as the run's share of the log goes. */
  lines?: readonly LogEntry[]
  /** How many more there were. */
  leftOut?: number
}

const HEALTH: Record<Exclude<FinalState, 'CANCELLED'>, HealthStatus> = {
  SUCCEEDED: 'HEALTHY',
  PARTIAL: 'DEGRADED',
  FAILED: 'UNHEALTHY',
}

/** How many errors a run keeps: the first ones tell most, and the last one is why it ended. */
const MAX_ERRORS = 20

/** Makes a run final, tells its integration, and writes the last line of its log. */
export async function closeRun(
  tx: Transaction,
  deps: { clock: Clock; ids: Ids },
  run: SyncRun,
  end: RunEnd,
): Promise<SyncRun> {
  const at = deps.clock.iso()
  const errors = end.error ? [...run.errors.slice(0, MAX_ERRORS - 1), { ...end.error, at }] : run.errors
  const patch = { set: { state: end.state, finishedAt: at, errors }, unset: ['activeKey'] }
  const closed = await tx.forOrganization(run.organizationId)(syncRuns).patch(run._id, patch, { rev: run.rev })
  if (!closed) throw new Error(`${run._id} is not at revision ${run.rev}`)
  await tellIntegration(tx, closed, end)
  const place = { organizationId: run.organizationId, integrationId: run.integrationId }
  await logLines(tx, { ...place, ids: deps.ids, at }, lastLines(closed, end))
  await pruneLogs(tx, { ...place, now: deps.clock.now() })
  await pruneQuarantine(tx, { ...place, now: deps.clock.now() })
  return closed
}

/** A person's PAUSED or DISABLED is never undone from here. */
async function tellIntegration(tx: Transaction, run: SyncRun, { state, error }: RunEnd): Promise<void> {
  if (state === 'CANCELLED') return
  const mine = tx.forOrganization(run.organizationId)(integrations)
  const { finishedAt } = run
  const set = {
    lastResult: resultOf(run),
    healthStatus: HEALTH[state],
    ...(finishedAt ? { lastSyncAt: finishedAt } : {}),
  }
  const integration = await mine.patch(run.integrationId, { set })
  if (!integration) return
  const status = statusAfter(integration, state, error?.code)
  if (status !== integration.status) await mine.patch(run.integrationId, { set: { status } })
}

function statusAfter({ status }: Integration, state: FinalState, code: string | undefined): IntegrationStatus {
  if (isStopped(status)) return status
  if (state !== 'FAILED') return 'ACTIVE'
  return code === 'AUTHENTICATION_FAILED' ? 'ERROR' : status
}

/** The end itself is told whatever was said before it. */
function lastLines(run: SyncRun, end: RunEnd): LogEntry[] {
  const before = run.log ?? NO_LINES
  const share = withinShare(end.lines ?? [], { ...before, leftOut: before.leftOut + (end.leftOut ?? 0) })
  return [...share.entries, ...leftOutLine(share.tally, run._id), lastLine(run, end)]
}

function lastLine(run: SyncRun, { state, error }: RunEnd): LogEntry {
  const level = state === 'FAILED' ? 'ERROR' : state === 'SUCCEEDED' ? 'INFO' : 'WARN'
  if (error) return { level, runId: run._id, code: error.code, message: `sync ${state}: ${error.message}` }
  return { level, runId: run._id, message: `sync ${state}: ${run.streams.map(summary).join('; ')}` }
}

function summary({ stream, counters }: SyncRun['streams'][number]): string {
  const parts = Object.entries(counters).filter(([name, count]) => count > 0 || name === 'read')
  return `${stream} ${parts.map(([name, count]) => `${count} ${name}`).join(', ')}`
}
