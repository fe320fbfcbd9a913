import { isDeepStrictEqual } from 'node:util'
import type { Json, JsonObject } from '@annex/sdk/json'
import type { Resource } from '@annex/sdk/resource'
import type { Clock } from '../clock.ts'
import { type Principal, principalName } from '../permissions/principal.ts'
import type { Transaction } from '../storage/port.ts'
import type { StoredContent } from './content-documents.ts'
import { keepContent, releaseContent } from './contents.ts'
import { changeCounters, collectionOf, type StoredRecord } from './resource-collections.ts'

/** A row that is to have these fields; new when there is no `before`. */
export interface RowChange {
  id: string
  before?: StoredRecord
  fields: JsonObject
  /** Of a new one: bytes that were received for it. */
  content?: StoredContent
}

export interface Writer {
  tx: Transaction
  principal: Principal
  resource: Resource
  /** ISO 8601. */
  now: string
}

export function writerFor(tx: Transaction, { principal, resource }: Omit<Writer, 'tx' | 'now'>, clock: Clock): Writer {
  return { tx, principal, resource, now: clock.iso() }
}

/** Writes rows that were checked, each with its event, in the commit of `tx`. In the order of `rows`. */
export async function writeRows(writer: Writer, rows: readonly RowChange[]): Promise<StoredRecord[]> {
  if (rows.length === 0) return []
  const { tx, principal, resource, now } = writer
  const documents = tx.forOrganization(principal.organizationId)(collectionOf(resource))
  const first = (await takeChanges(writer, rows.length)) - rows.length + 1
  const written = new Map<string, StoredRecord>()
  const created = rows.flatMap(({ id, before, fields, content }, at) =>
    before
      ? []
      : [{ _id: id, createdAt: now, updatedAt: now, change: first + at, fields, ...(content ? { content } : {}) }],
  )
  for (const { content } of rows) if (content) await keepContent(tx, principal.organizationId, content)
  for (const record of await documents.insertMany(created)) written.set(record._id, record)
  for (const [at, { id, before, fields }] of rows.entries()) {
    if (!before) continue
    const { set, unset } = difference(before.fields, fields)
    const patch = { set: { ...prefixed(set), updatedAt: now, change: first + at }, unset: unset.map(column) }
    const record = await documents.patch(id, patch, { rev: before.rev })
    if (!record) throw new Error(`${resource.name}/${id} moved inside a transaction`)
    written.set(id, record)
  }
  return rows.map(({ id, before, fields }) => {
    const record = written.get(id)
    if (!record) throw new Error(`${resource.name}/${id} was not written`)
    emit(writer, before ? 'updated' : 'created', record, before ? changesOf(before.fields, fields) : fields)
    return record
  })
}

/** Removes rows that were checked, each with its event. */
export async function removeRows(writer: Writer, records: readonly StoredRecord[]): Promise<void> {
  const { tx, principal, resource, now } = writer
  const { organizationId } = principal
  const documents = tx.forOrganization(organizationId)(collectionOf(resource))
  for (const record of records) {
    const gone = await documents.delete(record._id, { rev: record.rev })
    if (!gone) throw new Error(`${resource.name}/${record._id} moved inside a transaction`)
    if (record.content) await releaseContent(tx, organizationId, record.content, now)
    emit(writer, 'removed', record, {})
  }
}

export function sameFields(left: JsonObject, right: JsonObject): boolean {
  return Object.keys(changesOf(left, right)).length === 0
}

/** What became of each field that is another now: its new value, or null when it is gone. */
function changesOf(before: JsonObject, after: JsonObject): JsonObject {
  const { set, unset } = difference(before, after)
  return { ...set, ...Object.fromEntries(unset.map((field) => [field, null])) }
}

function difference(before: JsonObject, after: JsonObject): { set: Record<string, Json>; unset: string[] } {
  const set: Record<string, Json> = {}
  for (const [field, value] of Object.entries(after)) {
    if (value !== undefined && !isDeepStrictEqual(before[field], value)) set[field] = value
  }
  return { set, unset: Object.keys(before).filter((field) => !Object.hasOwn(after, field)) }
}

/** The counter is part of the commit: two that run at once wait for, or repeat after, each other. */
function takeChanges({ tx, principal, resource }: Writer, count: number): Promise<number> {
  const { organizationId } = principal
  return tx
    .forOrganization(organizationId)(changeCounters)
    .increment(`${organizationId}/${resource.name}`, 'last', count)
}

/** `by` lets a sync know its own changes when they come back as events. */
function emit(
  { tx, principal, resource }: Writer,
  kind: keyof Resource['events'],
  { _id: id, rev }: StoredRecord,
  changes: JsonObject,
): void {
  const cause = principal.kind === 'installation' && principal.cause
  const payload = {
    ...{ resource: resource.name, id, rev, by: principalName(principal), changes },
    ...(cause && { cause: { ...cause } }),
  }
  tx.emit({ partition: principal.organizationId, type: resource.events[kind], payload })
}

function prefixed(fields: Record<string, Json>): Record<string, Json> {
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [column(field), value]))
}

function column(field: string): string {
  return `fields.${field}`
}
