import type { Transaction } from '../storage/port.ts'
import { type LogEntry, type LogTally, logLines, NO_LINES, withinShare } from './integration-log.ts'
import type { SyncSession } from './sync-session.ts'

/**
 * Writes what the session has to say, and `more`, within the run's share of the log. Answers how the run stands after it:
 * for its row, in the same commit.
 */
export async function logRun(
  tx: Transaction,
  session: SyncSession,
  at: string,
  more: readonly LogEntry[] = [],
): Promise<LogTally> {
  const { deps, organizationId, integration, run } = session
  const before = run.log ?? NO_LINES
  const tally = { ...before, leftOut: before.leftOut + session.leftOut }
  const share = withinShare([...session.lines, ...more], tally)
  await logLines(tx, { organizationId, integrationId: integration._id, ids: deps.ids, at }, share.entries)
  return share.tally
}
