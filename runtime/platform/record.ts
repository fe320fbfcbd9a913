import type { PlatformRecord } from '@annex/sdk/context'
import type { JsonObject } from '@annex/sdk/json'
import type { StoredRecord } from './resource-collections.ts'

/** A stored record, whole: what conditions are held against. */
export function recordOf({ _id, rev, createdAt, updatedAt, fields, content }: StoredRecord): PlatformRecord {
  const own = { ...fields, id: _id, rev, createdAt, updatedAt }
  if (!content) return own
  const { size, type, digest } = content
  return { ...own, content: { size, type, digest } }
}

/**
 * A stored record as callers meet it, who may see `columns` of it. The platform's own four fields are always there: a
 * record cannot be named or changed without them, and they tell that it changed, never what.
 */
export function shownRecord(stored: StoredRecord, columns: readonly string[] | undefined): PlatformRecord {
  if (columns === undefined) return recordOf(stored)
  const { content, ...rest } = stored
  const fields = Object.entries(stored.fields).filter(([field]) => columns.includes(field))
  const shown = { ...rest, fields: Object.fromEntries(fields) }
  return recordOf(content && columns.includes('content') ? { ...shown, content } : shown)
}

/** `fields` with `changes` in it; null takes a field away (RFC 7396, flat). */
export function merge(fields: JsonObject, changes: JsonObject): JsonObject {
  const entries = Object.entries({ ...fields, ...changes })
  return Object.fromEntries(entries.filter(([, value]) => value !== null && value !== undefined))
}
