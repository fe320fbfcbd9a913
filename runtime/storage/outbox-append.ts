import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { checkPatch } from './apply-patch.ts'
import { type CheckedDocument, checkDocument, checkSize } from './check-document.ts'
import type { EngineSession } from './engine.ts'
import { outboxEvents, outboxHeads } from './outbox-collections.ts'
import type { OutboxDraft } from './port.ts'
import { planOne } from './query-plan.ts'
import { storageLimits } from './storage-limits.ts'

/**
 * Writes a transaction's events, each with the next sequence of its partition. The head of a partition is one document
 * that every emitting transaction changes: until one commits or rolls back, no other can take a number, so the sequence
 * is the order of commits and has no gaps. It is the last thing a transaction does, to keep that wait short.
 */
export async function appendToOutbox(
  session: EngineSession,
  events: readonly OutboxDraft[],
  deps: { clock: Clock; ids: Ids },
): Promise<void> {
  if (events.length === 0) return
  const at = deps.clock.iso()
  const rows: CheckedDocument[] = []
  // In one order everywhere, so that two transactions never wait for each other.
  for (const partition of [...new Set(events.map((event) => event.partition))].sort()) {
    const mine = events.filter((event) => event.partition === partition)
    let sequence = (await advanceHead(session, partition, mine.length, at)) - mine.length
    for (const event of mine) {
      sequence += 1
      rows.push(checkEvent(checkDocument(outboxEvents, { _id: deps.ids('evt'), rev: 1, ...event, sequence, at })))
    }
  }
  await session.documents(outboxEvents).insert(rows)
}

/** The payload is written out once more only where the whole row does not settle it. */
function checkEvent(document: CheckedDocument): CheckedDocument {
  const { row, text } = document
  if (text.length * 3 > storageLimits.eventBytes) {
    checkSize(JSON.stringify(row.payload), String(row.type), storageLimits.eventBytes)
  }
  return document
}

async function advanceHead(session: EngineSession, partition: string, count: number, at: string): Promise<number> {
  const heads = session.documents(outboxHeads)
  const patch = checkPatch(outboxHeads, { inc: { last: count }, set: { changedAt: at } })
  const plan = planOne(outboxHeads, undefined, partition, {})
  const changed = await heads.change(plan, patch)
  if (typeof changed?.last === 'number') return changed.last
  const first = { _id: partition, rev: 1, last: count, changedAt: at }
  return (await heads.increment(plan, 'last', count, first)) ?? count
}
