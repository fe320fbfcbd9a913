import type { Json, JsonObject } from '@annex/sdk/json'
import { isDeeperThan } from './json-depth.ts'

/** What a connector may yield at once. */
export const PAGE_LIMITS = {
  /** Records and deleted ids together: all of them are written in one commit. */
  records: 1_000,
  bytes: 4 * 1024 * 1024,
  depth: 32,
  checkpointBytes: 8 * 1024,
  idCharacters: 512,
} as const

/** A page of a stream, known to be within the limits. */
export interface CheckedPage {
  records: JsonObject[]
  deletedIds: string[]
  checkpoint: Json
}

export type PageOutcome = { ok: true; page: CheckedPage } | { ok: false; message: string }

/** Checks the outside of a page: the records' insides are the schema's business. */
export function readPage(value: Json): PageOutcome {
  if (isDeeperThan(value, PAGE_LIMITS.depth)) return refused(`the page is nested deeper than ${PAGE_LIMITS.depth}`)
  if (Buffer.byteLength(JSON.stringify(value)) > PAGE_LIMITS.bytes) {
    return refused(`the page is larger than ${PAGE_LIMITS.bytes} bytes`)
  }
  if (!isObject(value)) return refused('a page is an object with records and checkpoint')
  const { records, deletedIds = [], checkpoint } = value
  if (!Array.isArray(records) || !records.every(isObject)) return refused('records is a list of objects')
  if (!Array.isArray(deletedIds) || !deletedIds.every(isId)) return refused('deletedIds is a list of ids')
  if (records.length + deletedIds.length > PAGE_LIMITS.records) {
    return refused(`a page has at most ${PAGE_LIMITS.records} records and deleted ids`)
  }
  if (checkpoint === undefined) return refused('a page has a checkpoint')
  if (Buffer.byteLength(JSON.stringify(checkpoint)) > PAGE_LIMITS.checkpointBytes) {
    return refused(`a checkpoint has at most ${PAGE_LIMITS.checkpointBytes} bytes`)
  }
  return { ok: true, page: { records, deletedIds, checkpoint } }
}

/** The source's name of a record, or `undefined` when its primary key is not there. */
export function externalIdOf(record: JsonObject, primaryKey: readonly string[]): string | undefined {
  const parts: string[] = []
  for (const field of primaryKey) {
    const value = Object.hasOwn(record, field) ? record[field] : undefined
    const part = typeof value === 'number' && Number.isFinite(value) ? String(value) : value
    if (!isId(part)) return undefined
    parts.push(part)
  }
  const [only] = parts
  const id = parts.length === 1 ? only : parts.length > 1 ? JSON.stringify(parts) : undefined
  return isId(id) ? id : undefined
}

function isId(value: Json | undefined): value is string {
  return (
    typeof value === 'string' && value.length >= 1 && value.length <= PAGE_LIMITS.idCharacters && value.isWellFormed()
  )
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refused(message: string): PageOutcome {
  return { ok: false, message }
}
