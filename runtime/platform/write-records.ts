import type { PlatformRecord } from '@annex/sdk/context'
import type { JsonObject } from '@annex/sdk/json'
import { refusal } from '../result.ts'
import type { Transaction } from '../storage/port.ts'
import { type Access, type Denied, readable } from './authorize.ts'
import type { StoredContent } from './content-documents.ts'
import { checkVisible, planCreate, planUpdate, type RowPlan } from './plan-row.ts'
import { shownRecord } from './record.ts'
import { collectionOf, type StoredRecord } from './resource-collections.ts'
import { removeRows, type Writer, writeRows } from './write-rows.ts'

/** `changed` is false when the record already was so: then nothing was written. */
export type Written = { record: PlatformRecord; changed: boolean; fields: string[] } | { denied: Denied }

export async function createRecord(
  writer: Writer,
  access: Access,
  { id, fields, content }: { id: string; fields: JsonObject; content?: StoredContent },
): Promise<Written> {
  const plan = planCreate(access, id, fields, { ...writer, hasContent: content !== undefined })
  if (!content || !('change' in plan)) return carryOut(writer, access, plan, Object.keys(fields))
  return carryOut(writer, access, { change: { ...plan.change, content } }, [...Object.keys(fields), 'content'])
}

export async function updateRecord(
  writer: Writer,
  access: Access,
  { id, changes, ifRev }: { id: string; changes: JsonObject; ifRev: number | undefined },
): Promise<Written> {
  const before = await find(writer.tx, access, id)
  if (!before) return absent(access)
  const plan = planUpdate(access, before, changes, writer)
  if (!('denied' in plan) && ifRev !== undefined && ifRev !== before.rev) {
    return { denied: { refusal: refusal('CONFLICT', `the record is at revision ${before.rev}, not ${ifRev}`) } }
  }
  return carryOut(writer, access, plan, Object.keys(changes))
}

export async function removeRecord(writer: Writer, access: Access, id: string): Promise<{ denied?: Denied }> {
  const before = await find(writer.tx, access, id)
  if (!before) return absent(access)
  const hidden = checkVisible(access, before)
  if (hidden) return { denied: hidden }
  await removeRows(writer, [before])
  return {}
}

async function carryOut(writer: Writer, access: Access, plan: RowPlan, sent: string[]): Promise<Written> {
  if ('denied' in plan) return plan
  if ('unchanged' in plan) return { record: shown(access, plan.unchanged, sent), changed: false, fields: [] }
  const [record] = await writeRows(writer, [plan.change])
  if (!record) throw new Error('a row was not written')
  return { record: shown(access, record, sent), changed: true, fields: sent }
}

/** Whoever may write but not read gets back what it sent: else an empty change would be a way to read. */
function shown(access: Access, stored: StoredRecord, sent: readonly string[]): PlatformRecord {
  const limits = readable(access, stored)
  if (limits && !limits.columns) return shownRecord(stored, undefined)
  return shownRecord(stored, [...sent, ...(limits?.columns ?? [])])
}

function find(tx: Transaction, { principal, resource }: Access, id: string): Promise<StoredRecord | undefined> {
  return tx.forOrganization(principal.organizationId)(collectionOf(resource)).get(id)
}

function absent({ resource }: Access): { denied: Denied } {
  return { denied: { refusal: refusal('NOT_FOUND', `there is no such record in ${resource.name}`) } }
}
