import type { JsonObject } from '@annex/sdk/json'
import type { InstallationPrincipal } from '../permissions/principal.ts'
import type { UpsertOutcome } from '../platform/batch-records.ts'
import type { Draft, Transaction } from '../storage/port.ts'
import { linkId, type SyncLink, syncLinks } from './link.ts'
import type { PreparedRow } from './prepare-records.ts'
import type { Rejected } from './quarantine.ts'
import type { StreamCounters } from './run.ts'
import { failureOfError } from './sync-failure.ts'
import type { BoundStream, SyncSession } from './sync-session.ts'

export interface WritePlace {
  session: SyncSession
  stream: BoundStream
  principal: InstallationPrincipal
  at: string
}

interface WrittenRow extends PreparedRow {
  localId: string
}

export interface Written {
  counters: Pick<StreamCounters, 'created' | 'updated' | 'unchanged'>
  refused: Rejected[]
  /** External ids of what is in the target now as the source has it. */
  passed: string[]
}

/**
 * Writes what is not there yet as it is. A record is met again by its link, which is in the commit that made it. Ids of
 * new records are ordered by time and not made of the external ones: rows that come together lie together in each index.
 */
export async function writeRecords(tx: Transaction, place: WritePlace, rows: readonly PreparedRow[]): Promise<Written> {
  const links = await linksOf(
    tx,
    place,
    rows.map(({ externalId }) => externalId),
  )
  const { resource } = place.stream.binding
  const changed = rows.filter(({ externalId, hash }) => {
    const link = links.get(externalId)
    return link?.hash !== hash || link.deletedAt !== undefined || (link.resource ?? resource) !== resource
  })
  const outcomes = await upsert(tx, place, changed, links)
  const counters = { created: 0, updated: 0, unchanged: rows.length - changed.length }
  const refused: Rejected[] = []
  const written: WrittenRow[] = []
  for (const [i, row] of changed.entries()) {
    const outcome = outcomes[i]
    if (!outcome) throw new Error('the platform answered fewer rows than it was given')
    if (outcome.change === 'refused') {
      const { code, message } = outcome.error
      refused.push({ externalId: row.externalId, raw: row.raw, stage: 'WRITE', code, message })
    } else {
      counters[outcome.change]++
      written.push({ ...row, localId: outcome.id })
    }
  }
  await writeLinks(tx, place, written, links)
  const out = new Set(refused.map(({ externalId }) => externalId))
  return { counters, refused, passed: rows.map((row) => row.externalId).filter((id) => !out.has(id)) }
}

async function upsert(
  tx: Transaction,
  { session, stream, principal }: WritePlace,
  rows: readonly PreparedRow[],
  links: ReadonlyMap<string, SyncLink>,
): Promise<UpsertOutcome[]> {
  const outcomes: UpsertOutcome[] = []
  const batch = session.deps.platform.within(tx)
  const size = batch.rowsAtOnce(principal, stream.binding.resource)
  const gone = goneFields(stream)
  for (let start = 0; start < rows.length; start += size) {
    const slice = rows.slice(start, start + size).map(({ externalId, record }) => {
      const id = links.get(externalId)?.localId
      return id === undefined ? { record } : { id, record: { ...gone, ...record } }
    })
    const result = await batch.upsertMany(principal, stream.binding.resource, slice)
    if (!result.ok) throw failureOfError(result.error)
    outcomes.push(...result.value)
  }
  return outcomes
}

/** The platform merges: a mapped field that the source no longer has must be taken away by name. */
function goneFields({ binding }: BoundStream): JsonObject {
  return Object.fromEntries(binding.fieldMappings.map(({ targetField }) => [targetField, null]))
}

export interface Removed {
  count: number
  /** What the grant does not let go: its link stays, so that the next deletion of it finds it. */
  refused: Rejected[]
}

/** Marks the links of what the source deleted, and removes our record where the binding says so. */
export async function removeDeleted(
  tx: Transaction,
  place: WritePlace,
  deletedIds: readonly string[],
): Promise<Removed> {
  const { session, stream, at } = place
  const links = await linksOf(tx, place, deletedIds)
  const alive = [...links.values()].filter(({ deletedAt }) => deletedAt === undefined)
  const refused = stream.binding.deletes === 'remove' ? await removeRecords(tx, place, alive) : []
  const kept = new Set(refused.map(({ externalId }) => externalId))
  const gone = alive.filter(({ externalId }) => !kept.has(externalId))
  const documents = tx.forOrganization(session.organizationId)(syncLinks)
  for (const link of gone) {
    await documents.patch(link._id, { set: { deletedAt: at, updatedAt: at } }, { rev: link.rev })
  }
  return { count: gone.length, refused }
}

/** Answers what was refused. */
async function removeRecords(
  tx: Transaction,
  { session, stream, principal }: WritePlace,
  links: readonly SyncLink[],
): Promise<Rejected[]> {
  const refused: Rejected[] = []
  const batch = session.deps.platform.within(tx)
  const size = batch.rowsAtOnce(principal, stream.binding.resource)
  for (let start = 0; start < links.length; start += size) {
    const slice = links.slice(start, start + size)
    const ids = slice.map(({ localId }) => localId)
    const result = await batch.removeMany(principal, stream.binding.resource, ids)
    if (!result.ok) throw failureOfError(result.error)
    for (const [i, outcome] of result.value.entries()) {
      const link = slice[i]
      if (!link || outcome.change !== 'refused') continue
      const { code, message } = outcome.error
      const { externalId } = link
      refused.push({
        externalId,
        raw: { deletedId: externalId },
        stage: 'WRITE',
        code,
        message: `not removed: ${message}`,
      })
    }
  }
  return refused
}

async function linksOf(
  tx: Transaction,
  { session, stream }: WritePlace,
  externalIds: readonly string[],
): Promise<Map<string, SyncLink>> {
  const ids = [...new Set(externalIds)].map((externalId) => linkId(session.integration._id, stream.name, externalId))
  const links = ids.length === 0 ? [] : await tx.forOrganization(session.organizationId)(syncLinks).getMany(ids)
  return new Map(links.map((link) => [link.externalId, link]))
}

async function writeLinks(
  tx: Transaction,
  { session, stream, at }: WritePlace,
  rows: readonly WrittenRow[],
  links: ReadonlyMap<string, SyncLink>,
): Promise<void> {
  const documents = tx.forOrganization(session.organizationId)(syncLinks)
  const { resource } = stream.binding
  const fresh: Draft<SyncLink>[] = []
  for (const { externalId, hash, localId } of rows) {
    const link = links.get(externalId)
    if (link) {
      await documents.patch(
        link._id,
        { set: { hash, resource, updatedAt: at }, unset: ['deletedAt'] },
        { rev: link.rev },
      )
      continue
    }
    fresh.push({
      _id: linkId(session.integration._id, stream.name, externalId),
      integrationId: session.integration._id,
      stream: stream.name,
      externalId,
      localId,
      resource,
      hash,
      updatedAt: at,
    })
  }
  if (fresh.length > 0) await documents.insertMany(fresh)
}
