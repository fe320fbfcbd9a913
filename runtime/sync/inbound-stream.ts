import type { JsonObject } from '@annex/sdk/json'
import type { InstallationPrincipal } from '../permissions/principal.ts'
import type { Transaction } from '../storage/port.ts'
import { canonicalJson } from './canonical-json.ts'
import { commitPage, type PageEffect, readPosition, type StreamPosition } from './commit-page.ts'
import { removeDeleted, writeRecords } from './inbound-writes.ts'
import { atPageEdge } from './page-edge.ts'
import { acceptRecords, type Prepared, prepareRecords } from './prepare-records.ts'
import { quarantine } from './quarantine.ts'
import { quarantinePlace } from './quarantine-place.ts'
import { createRejectList, type RejectList } from './reject-list.ts'
import { type CheckedPage, readPage } from './stream-page.ts'
import { failureOfRun, SyncFailure } from './sync-failure.ts'
import { type BoundStream, connectorCall, keepLines, principalOf, type SyncSession } from './sync-session.ts'

/** Pulls a stream from its checkpoint to its end, a page at a time. Throws `SyncFailure` when it cannot go on. */
export async function pullStream(session: SyncSession, stream: BoundStream): Promise<void> {
  let position = await readPosition(session, stream.name)
  const options: JsonObject = { checkpoint: position.checkpoint, upperBound: session.run.upperBound }
  const handler = ['streams', stream.name, 'read']
  const reading = await session.deps.invocations.open(connectorCall(session, { handler, args: [options] }))
  try {
    for (;;) {
      const outcome = await reading.next()
      session.signal.throwIfAborted()
      keepLines(session, outcome.logs)
      if (!outcome.ok) throw failureOfRun(outcome.failure)
      if (outcome.done && outcome.value === null) return
      const read = readPage(outcome.value)
      if (!read.ok) throw new SyncFailure('DATA_TRANSFORMATION_ERROR', `${stream.name}: ${read.message}`)
      position = await takePage(session, stream, read.page, position)
      if (outcome.done) return
    }
  } finally {
    await reading.close()
  }
}

async function takePage(
  session: SyncSession,
  stream: BoundStream,
  page: CheckedPage,
  position: StreamPosition,
): Promise<StreamPosition> {
  await atPageEdge(session)
  const principal = await principalOf(session)
  const rejects = createRejectList(page.records.length, quarantinedIn(session))
  const accepted = await acceptRecords(session, stream, page.records, rejects)
  refuseDeletedAndPresent(stream, page, new Set(accepted.map(({ externalId }) => externalId)))
  const prepared = await prepareRecords(session, stream, accepted, rejects)
  session.signal.throwIfAborted()
  const write = (tx: Transaction): Promise<PageEffect> =>
    writePage(session, tx, { stream, page, principal, rejects, prepared })
  const progress = canonicalJson(page.checkpoint) !== canonicalJson(position.checkpoint)
  return commitPage(session, { stream: stream.name, principal, position, progress, write })
}

interface PageWork {
  stream: BoundStream
  page: CheckedPage
  principal: InstallationPrincipal
  rejects: RejectList
  prepared: Prepared
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

function quarantinedIn({ run }: SyncSession): number {
  return run.streams.reduce((sum, { counters }) => sum + counters.quarantined, 0)
}

/** Whether it lives or not, the page must know. */
function refuseDeletedAndPresent({ name }: BoundStream, page: CheckedPage, present: ReadonlySet<string>): void {
  const both = page.deletedIds.find((id) => present.has(id))
  if (both === undefined) return
  throw new SyncFailure('DATA_TRANSFORMATION_ERROR', `a page of ${name} has ${both} both as a record and as deleted`)
}
