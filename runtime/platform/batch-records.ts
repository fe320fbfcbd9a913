import type { ErrorShape } from '@annex/sdk/errors'
import type { JsonObject } from '@annex/sdk/json'
import type { Access, Denied } from './authorize.ts'
import { checkVisible, planCreate, planUpdate, type RowPlan } from './plan-row.ts'
import { merge } from './record.ts'
import { collectionOf, type StoredRecord } from './resource-collections.ts'
import { type RowChange, removeRows, type Writer, writeRows } from './write-rows.ts'

export interface UpsertRow {
  /** Made by the platform if absent. One that the caller makes must be unique over all organizations. */
  id?: string
  /** Merged into what is there; null takes a field away. */
  record: JsonObject
}

export type UpsertOutcome = { id: string; change: 'created' | 'updated' | 'unchanged' } | RefusedRow

export type RemoveOutcome = { id: string; change: 'removed' | 'absent' } | RefusedRow

/** `rule` where it was the grant that refused. */
export type RefusedRow = { id: string; change: 'refused'; error: ErrorShape; rule?: string }

/** One outcome per row, same order. A row that is refused leaves the others as they are. */
export async function upsertRecords(
  writer: Writer,
  access: Access,
  rows: readonly (UpsertRow & { id: string })[],
): Promise<UpsertOutcome[]> {
  const before = await findAll(
    writer,
    access,
    rows.map((row) => row.id),
  )
  const pending = new Map<string, RowChange>()
  const outcomes = rows.map(({ id, record }): UpsertOutcome => {
    const earlier = pending.get(id)
    const stored = before.get(id)
    const plan = planUpsert(writer, access, { id, record, stored, earlier })
    if ('denied' in plan) return refusedRow(id, plan.denied)
    if ('unchanged' in plan) return { id, change: 'unchanged' }
    pending.set(id, stored ? { ...plan.change, before: stored } : { id, fields: plan.change.fields })
    return { id, change: stored || earlier ? 'updated' : 'created' }
  })
  await writeRows(writer, [...pending.values()])
  return outcomes
}

export async function removeRecords(writer: Writer, access: Access, ids: readonly string[]): Promise<RemoveOutcome[]> {
  const before = await findAll(writer, access, ids)
  const gone: StoredRecord[] = []
  const outcomes = ids.map((id): RemoveOutcome => {
    const stored = before.get(id)
    if (!stored) return { id, change: 'absent' }
    const hidden = checkVisible(access, stored)
    if (hidden) return refusedRow(id, hidden)
    before.delete(id)
    gone.push(stored)
    return { id, change: 'removed' }
  })
  await removeRows(writer, gone)
  return outcomes
}

function refusedRow(id: string, { refusal, entry }: Denied): RefusedRow {
  const rule = entry?.rule
  return { id, change: 'refused', error: refusal.error, ...(rule === undefined ? {} : { rule }) }
}

interface Upsert {
  id: string
  record: JsonObject
  stored: StoredRecord | undefined
  /** What an earlier row of the same call already plans for this id. */
  earlier: RowChange | undefined
}

function planUpsert(writer: Writer, access: Access, { id, record, stored, earlier }: Upsert): RowPlan {
  if (!stored && !earlier) return planCreate(access, id, merge({}, record), writer)
  const base = stored ?? { _id: id, rev: 1, createdAt: writer.now, updatedAt: writer.now, change: 0, fields: {} }
  return planUpdate(access, earlier ? { ...base, fields: earlier.fields } : base, record, writer)
}

async function findAll(
  { tx }: Writer,
  { principal, resource }: Access,
  ids: readonly string[],
): Promise<Map<string, StoredRecord>> {
  const found = await tx.forOrganization(principal.organizationId)(collectionOf(resource)).getMany(ids)
  return new Map(found.map((record) => [record._id, record]))
}
