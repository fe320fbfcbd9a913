import type { PlatformRecord } from '@annex/sdk/context'
import type { JsonObject } from '@annex/sdk/json'
import type { StoredRecord } from './resource-collections.ts'

/** A stored record as callers meet it. */
export function recordOf({ _id, rev, createdAt, updatedAt, fields }: StoredRecord): PlatformRecord {
  return { ...fields, id: _id, rev, createdAt, updatedAt }
}

/** `fields` with `changes` in it; null takes a field away (RFC 7396, flat). */
export function merge(fields: JsonObject, changes: JsonObject): JsonObject {
  const entries = Object.entries({ ...fields, ...changes })
  return Object.fromEntries(entries.filter(([, value]) => value !== null && value !== undefined))
}
