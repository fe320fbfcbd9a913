import type { PlatformRecord } from '@annex/sdk/context'
import type { Json, JsonObject } from '@annex/sdk/json'
import type { InstallationPrincipal } from '../permissions/principal.ts'
import type { Draft, Transaction } from '../storage/port.ts'
import { commitPage, type PageEffect, readPosition, type StreamPosition } from './commit-page.ts'
import { linkId, type SyncLink, syncLinks } from './link.ts'
import { atPageEdge } from './page-edge.ts'
import { type Prepared, type PreparedRow, prepareRecords } from './prepare-records.ts'
import { quarantine } from './quarantine.ts'
import { quarantinePlace } from './quarantine-place.ts'
import { createRejectList, type RejectList } from './reject-list.ts'
import { type Sent, sendRows } from './send-rows.ts'
import { failureOfError } from './sync-failure.ts'
import { type BoundStream, principalOf, type SyncSession } from './sync-session.ts'

const DEFAULT_BATCH = 100

/**
 * Sends the platform's changes after the stream's position to the connector, a batch at a time. The order of changes is
 * that of their commits, so nothing is overtaken. Outwards a record is sent at least once, each time under the same
 * operation id; inside, position and links move together.
 */
export async function pushStream(session: SyncSession, stream: BoundStream): Promise<void> {
  let position = await readPosition(session, stream.name)
  for (let more = true; more; ) {
    await atPageEdge(session)
    const principal = await principalOf(session)
    const changes = await session.deps.platform.changes(principal, stream.binding.resource, {
      ...afterOf(position.checkpoint),
      limit: stream.binding.batchSize ?? DEFAULT_BATCH,
    })
    if (!changes.ok) throw failureOfError(changes.error)
    const next = changes.value
    if (next.position === afterOf(position.checkpoint).after) return
    position = await pushChanges(session, { stream, principal, position, next: next.position, records: next.data })
    more = next.more
  }
}

function afterOf(checkpoint: Json): { after?: string } {
  if (typeof checkpoint !== 'object' || checkpoint === null || Array.isArray(checkpoint)) return {}
  return typeof checkpoint.position === 'string' ? { after: checkpoint.position } : {}
}

interface Batch {
  stream: BoundStream
  principal: InstallationPrincipal
  position: StreamPosition
  /** Where the stream stands when all of `records` are settled. */
  next: string
  records: readonly PlatformRecord[]
}

async function pushChanges(session: SyncSession, batch: Batch): Promise<StreamPosition> {
  const { stream, principal, position, records } = batch
  const quarantined = session.run.streams.reduce((sum, { counters }) => sum + counters.quarantined, 0)
  const rejects = createRejectList(records.length, () => quarantined)
  const rows = records.map((record) => ({
    externalId: record.id,
    raw: record as JsonObject,
    record: record as JsonObject,
  }))
  const prepared = await prepareRecords(session, stream, rows, rejects)
  const links = await linksOf(session, stream, prepared.rows)
  const fresh = prepared.rows.filter(({ externalId, hash }) => links.get(externalId)?.sentHash !== hash)
  const sent = await sendRows(session, stream, fresh, links, rejects)
  // Nothing to store, and no progress either: a commit would make the job's attempts start from one again, for ever.
  if (sent.failure !== undefined && sent.taken.length === 0) throw sent.failure
  const write = (tx: Transaction): Promise<PageEffect> =>
    writeSent(session, tx, { batch, prepared, links, sent, rejects })
  const after = await commitPage(session, { stream: stream.name, principal, position, progress: true, write })
  if (sent.failure !== undefined) throw sent.failure
  return after
}

interface SentWork {
  batch: Batch
  prepared: Prepared
  links: ReadonlyMap<string, SyncLink>
  sent: Sent
  rejects: RejectList
}

/**
 * While some rows must be sent again, the position stays; what was taken is not sent a second time. What was refused is:
 * it goes into quarantine with the try that settles the batch, so that it counts once.
 */
async function writeSent(session: SyncSession, tx: Transaction, work: SentWork): Promise<PageEffect> {
  const { batch, prepared, links, sent, rejects } = work
  const { organizationId, run } = session
  const at = session.deps.clock.iso()
  const stream = batch.stream.name
  const documents = tx.forOrganization(organizationId)(syncLinks)
  for (const { row, remoteId } of sent.taken) {
    await documents.put(linkOf(session, stream, row, remoteId ?? links.get(row.externalId)?.remoteId, at))
  }
  const place = quarantinePlace(session, stream, at)
  const passed = prepared.rows.map((row) => row.externalId).filter((id) => sent.settled(id))
  const rejected = sent.failure === undefined ? rejects.rejected : []
  await quarantine(tx, place, rejected, [...passed, ...prepared.dropped])
  const before = sent.taken.filter(({ row }) => links.get(row.externalId)?.sentHash !== undefined).length
  const taken = { created: sent.taken.length - before, updated: before }
  if (sent.failure !== undefined) return { counters: taken }
  const known = prepared.rows.filter(({ externalId, hash }) => links.get(externalId)?.sentHash === hash)
  const unchanged = known.filter(({ externalId }) => links.get(externalId)?.runId !== run._id).length
  const counters = {
    ...taken,
    unchanged,
    read: batch.records.length,
    quarantined: rejected.length,
    dropped: prepared.dropped.length,
    pages: 1,
  }
  return { counters, checkpoint: { position: batch.next } }
}

function linkOf(
  { integration, run }: SyncSession,
  stream: string,
  { externalId, hash }: PreparedRow,
  remoteId: string | undefined,
  updatedAt: string,
): Draft<SyncLink> {
  return {
    _id: linkId(integration._id, stream, externalId),
    integrationId: integration._id,
    stream,
    externalId,
    localId: externalId,
    sentHash: hash,
    runId: run._id,
    updatedAt,
    ...(remoteId === undefined ? {} : { remoteId }),
  }
}

async function linksOf(
  { deps, organizationId, integration }: SyncSession,
  { name }: BoundStream,
  rows: readonly PreparedRow[],
): Promise<Map<string, SyncLink>> {
  if (rows.length === 0) return new Map()
  const ids = rows.map(({ externalId }) => linkId(integration._id, name, externalId))
  const links = await deps.store.forOrganization(organizationId)(syncLinks).getMany(ids)
  return new Map(links.map((link) => [link.externalId, link]))
}
