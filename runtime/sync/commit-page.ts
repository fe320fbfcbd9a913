import type { Json, JsonObject } from '@annex/sdk/json'
import { principalName } from '../permissions/principal.ts'
import type { Transaction } from '../storage/port.ts'
import { checkpointId, moveCheckpoint, syncCheckpoints } from './checkpoint.ts'
import { bindingsOf } from './integration.ts'
import type { LogEntry } from './integration-log.ts'
import { logRun } from './log-run.ts'
import { addCounters, type StreamCounters, type StreamProgress, type SyncRun, syncRuns } from './run.ts'
import type { SyncSession } from './sync-session.ts'

/** Where a stream stands: `rev` 0 means that it was never read. */
export interface StreamPosition {
  rev: number
  checkpoint: Json
}

export interface PageEffect {
  counters: Partial<StreamCounters>
  /** Absent: the stream stays where it is. */
  checkpoint?: Json
  lines?: LogEntry[]
}

export interface PageCommit {
  stream: string
  /** Whose grant wrote the page. */
  principal: Parameters<typeof principalName>[0]
  position: StreamPosition
  /** Whether a worker that dies after it goes on from further than before. Else the job's attempts must run out. */
  progress: boolean
  /** Everything that the page writes but the run, the checkpoint, the log and the audit row. */
  write(tx: Transaction): Promise<PageEffect>
}

export async function readPosition(session: SyncSession, stream: string): Promise<StreamPosition> {
  const { deps, organizationId, integration } = session
  const checkpoints = deps.store.forOrganization(organizationId)(syncCheckpoints)
  const stored = await checkpoints.get(checkpointId(integration._id, stream))
  if (!stored) return { rev: 0, checkpoint: null }
  // The stream was bound to something else before: there it was never read.
  const moved = stored.target !== undefined && stored.target !== targetOf(session, stream)
  return { rev: stored.rev, checkpoint: moved ? null : JSON.parse(stored.checkpoint) }
}

/** What a place in the stream is a place in. */
export function targetOf({ integration }: SyncSession, stream: string): string {
  const binding = bindingsOf(integration)[stream]
  return binding ? `${binding.direction} ${binding.resource}` : 'nothing'
}

/**
 * One page, one commit: the records, their links, quarantine, counters, checkpoint, events and audit, or nothing of it.
 * A worker that lost its lease is stopped by the fence. Answers the new position.
 */
export async function commitPage(session: SyncSession, page: PageCommit): Promise<StreamPosition> {
  const { deps, organizationId, integration } = session
  const at = deps.clock.iso()
  const committed = await deps.store.tx(async (tx) => {
    await (page.progress ? session.fence.progress(tx) : session.fence.assert(tx))
    const effect = await page.write(tx)
    const position = await move(tx, session, page, effect, at)
    const log = await logRun(tx, session, at, effect.lines)
    const run = await patchRun(tx, session, { streams: progressOf(session, page, effect), log })
    await deps.audit.within(tx, {
      organizationId,
      actor: principalName(page.principal),
      action: 'sync.page',
      target: integration._id,
      outcome: 'allowed',
      details: { runId: run._id, stream: page.stream, ...detailsOf(effect.counters) },
    })
    return { run, position }
  })
  session.run = committed.run
  session.lines = []
  session.leftOut = 0
  return committed.position
}

async function move(
  tx: Transaction,
  session: SyncSession,
  { stream, position }: PageCommit,
  { checkpoint }: PageEffect,
  at: string,
): Promise<StreamPosition> {
  if (checkpoint === undefined) return position
  const { organizationId, integration, run } = session
  const target = targetOf(session, stream)
  const place = { organizationId, integrationId: integration._id, stream, target, runId: run._id, at }
  return { rev: await moveCheckpoint(tx, { ...place, from: position.rev, to: checkpoint }), checkpoint }
}

function progressOf(
  { run }: SyncSession,
  { stream, position }: PageCommit,
  { counters, checkpoint }: PageEffect,
): StreamProgress[] {
  const moved = checkpoint === undefined ? {} : { checkpointTo: JSON.stringify(checkpoint) }
  const from = JSON.stringify(position.checkpoint)
  return run.streams.map((one): StreamProgress => {
    if (one.stream !== stream) return one
    return { checkpointFrom: from, ...one, ...moved, counters: addCounters(counters, one.counters) }
  })
}

/** Changes the run's row; that it moved meanwhile is a bug, for the fence came first. */
export async function patchRun(
  tx: Transaction,
  { run, organizationId }: SyncSession,
  set: Parameters<typeof setOf>[0],
  unset: readonly string[] = [],
): Promise<SyncRun> {
  const runs = tx.forOrganization(organizationId)(syncRuns)
  const patched = await runs.patch(run._id, { set: setOf(set), unset }, { rev: run.rev })
  if (!patched) throw new Error(`${run._id} is not at revision ${run.rev}`)
  return patched
}

function setOf(
  fields: Partial<Pick<SyncRun, 'state' | 'streams' | 'errors' | 'log' | 'upperBound' | 'startedAt' | 'finishedAt'>>,
): JsonObject {
  return fields
}

function detailsOf(counters: Partial<StreamCounters>): JsonObject {
  return { ...counters }
}
