import type { InstallationPrincipal } from '../permissions/principal.ts'
import type { Transaction } from '../storage/port.ts'
import { canonicalJson } from './canonical-json.ts'
import { commitPage, type PageEffect, readPosition, type StreamPosition } from './commit-page.ts'
import { removeDeleted, writeRecords } from './inbound-writes.ts'
import { atPageEdge } from './page-edge.ts'
import { openPages, type ReadyPage } from './pages-ahead.ts'
import { quarantine } from './quarantine.ts'
import { quarantinePlace } from './quarantine-place.ts'
import type { RejectList } from './reject-list.ts'
import { type BoundStream, principalOf, type SyncSession } from './sync-session.ts'

/**
 * Pulls a stream from its checkpoint to its end, a page at a time and each in its turn, however far the reading is ahead.
 * Throws `SyncFailure` when it cannot go on.
 */
export async function pullStream(session: SyncSession, stream: BoundStream): Promise<void> {
  let position = await readPosition(session, stream.name)
  const pages = await openPages(session, stream, position.checkpoint)
  try {
    for (let ready = await pages.next(); ready; ready = ready.last ? undefined : await pages.next()) {
      position = await takePage(session, stream, ready, position)
    }
  } finally {
    await pages.close()
  }
}

async function takePage(
  session: SyncSession,
  stream: BoundStream,
  ready: ReadyPage,
  position: StreamPosition,
): Promise<StreamPosition> {
  await atPageEdge(session)
  const principal = await principalOf(session)
  session.signal.throwIfAborted()
  const write = (tx: Transaction): Promise<PageEffect> => writePage(session, tx, { ...ready, stream, principal })
  const progress = canonicalJson(ready.page.checkpoint) !== canonicalJson(position.checkpoint)
  return commitPage(session, { stream: stream.name, principal, position, progress, write })
}

interface PageWork extends ReadyPage {
  stream: BoundStream
  principal: InstallationPrincipal
}

/** Storage only: it may run more than once, so it leaves everything outside `tx` as it is. */
async function writePage(session: SyncSession, tx: Transaction, work: PageWork): Promise<PageEffect> {
  const { stream, page, principal, rejects, prepared } = work
  const at = session.deps.clock.iso()
  const place = { session, stream, principal, at }
  const written = await writeRecords(tx, place, prepared.rows)
  const removed = await removeDeleted(tx, place, page.deletedIds)
  const refused = [...written.refused, ...removed.refused]
  rejects.allow(refused)
  const rejected = [...rejects.rejected, ...refused]
  const passed = [...written.passed, ...prepared.dropped, ...page.deletedIds]
  await quarantine(tx, quarantinePlace(session, stream.name, at), rejected, passed)
  const counters = {
    read: page.records.length,
    ...written.counters,
    deleted: removed.count,
    quarantined: rejected.length,
    dropped: prepared.dropped.length,
    pages: 1,
  }
  return { counters, checkpoint: page.checkpoint, lines: linesOf(session, stream, rejected) }
}

/** The quarantine has every one of them; the log names the first few. */
const MAX_REJECT_LINES = 10

function linesOf(
  session: SyncSession,
  stream: BoundStream,
  rejected: RejectList['rejected'],
): PageEffect['lines'] & {} {
  return rejected.slice(0, MAX_REJECT_LINES).map(({ externalId, stage, code, message }) => ({
    level: 'WARN' as const,
    code: code.slice(0, 64).toWellFormed(),
    message: session.redactor.text(`${stream.name} ${externalId} quarantined (${stage}): ${message}`),
    runId: session.run._id,
  }))
}
