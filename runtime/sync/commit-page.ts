import type { Json, JsonObject } from '@annex/sdk/json'
import { principalName } from '../permissions/principal.ts'
import type { Transaction } from '../storage/port.ts'
import { checkpointId, moveCheckpoint, syncCheckpoints } from './checkpoint.ts'
import { type LogEntry, logLines } from './integration-log.ts'
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
  /** Everything that the page writes but the run, the checkpoint, the log and the audit row. */
  write(tx: Transaction): Promise<PageEffect>
}

export async function readPosition(session: SyncSession, stream: string): Promise<StreamPosition> {
  const { deps, organizationId, integration } = session
  const checkpoints = deps.store.forOrganization(organizationId)(syncCheckpoints)
  const stored = await checkpoints.get(checkpointId(integration._id, stream))
  return stored ? { rev: stored.rev, checkpoint: JSON.parse(stored.checkpoint) } : { rev: 0, checkpoint: null }
}

/**
 * One page, one commit: the records, their links, quarantine, counters, checkpoint, events and audit, or nothing of it.
 * A worker that lost its lease is stopped by the fence. Answers the new position.
 */
export async function commitPage(session: SyncSession, page: PageCommit): Promise<StreamPosition> {
  const { deps, organizationId, integration } = session
  const at = deps.clock.iso()
  const committed = await deps.store.tx(async (tx) => {
    await session.fence.progress(tx)
    const effect = await page.write(tx)
    const position = await move(tx, session, page, effect, at)
    const run = await patchProgress(tx, session, page, effect)
    const lines = [...session.lines, ...(effect.lines ?? [])]
    await logLines(tx, { organizationId, integrationId: integration._id, ids: deps.ids, at }, lines)
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
  const place = { organizationId, integrationId: integration._id, stream, runId: run._id, at }
  return { rev: await moveCheckpoint(tx, { ...place, from: position.rev, to: checkpoint }), checkpoint }
}

async function patchProgress(
  tx: Transaction,
  session: SyncSession,
  { stream, position }: PageCommit,
  { counters, checkpoint }: PageEffect,
): Promise<SyncRun> {
  const moved = checkpoint === undefined ? {} : { checkpointTo: JSON.stringify(checkpoint) }
  const from = JSON.stringify(position.checkpoint)
  const streams = session.run.streams.map((one): StreamProgress => {
    if (one.stream !== stream) return one
    return { checkpointFrom: from, ...one, ...moved, counters: addCounters(counters, one.counters) }
  })
  return patchRun(tx, session, { streams })
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
  fields: Partial<Pick<SyncRun, 'state' | 'streams' | 'errors' | 'upperBound' | 'startedAt' | 'finishedAt'>>,
): JsonObject {
  return fields
}

function detailsOf(counters: Partial<StreamCounters>): JsonObject {
  return { ...counters }
}
