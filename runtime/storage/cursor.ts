import { hash } from 'node:crypto'
import type { JsonObject } from '@annex/sdk/json'
import { valueAt } from './field-path.ts'
import { type Collection, StorageError, type Stored } from './port.ts'
import type { Order, Scalar } from './query-plan.ts'
import { storageLimits } from './storage-limits.ts'

/** What a cursor belongs to; it opens no other door. */
export interface CursorOwner {
  collection: Collection<Stored>
  organizationId: string | undefined
  order: Order
}

/**
 * Where a page ended, for the client to carry. The digest is no secret: it tells a cursor of another list, or a mangled
 * one, from ours. Whoever forges one moves within what the query shows them anyway, for the tenant is never in it.
 */
export function encodeCursor(owner: CursorOwner, last: JsonObject): string {
  const values = owner.order.map(([field]) => scalarOrNull(valueAt(last, field)))
  return Buffer.from(JSON.stringify([digestOf(owner, values), ...values])).toString('base64url')
}

/** The values of `owner.order` at the end of the page before. Throws `StorageError` on a foreign or mangled cursor. */
export function decodeCursor(owner: CursorOwner, cursor: string): (Scalar | null)[] {
  const [digest, ...values] = parse(cursor)
  if (values.length !== owner.order.length || !values.every(isScalarOrNull)) throw foreign()
  if (digest !== digestOf(owner, values)) throw foreign()
  return values
}

function parse(cursor: unknown): unknown[] {
  if (typeof cursor !== 'string' || cursor.length > storageLimits.cursorCharacters) throw foreign()
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    throw foreign()
  }
  if (!Array.isArray(parsed)) throw foreign()
  return parsed
}

function digestOf(owner: CursorOwner, values: readonly (Scalar | null)[]): string {
  const bound = [owner.collection.name, owner.organizationId ?? null, owner.order, values]
  return hash('sha256', JSON.stringify(bound), 'base64url').slice(0, 16)
}

function isScalarOrNull(value: unknown): value is Scalar | null {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function scalarOrNull(value: unknown): Scalar | null {
  return isScalarOrNull(value) ? value : null
}

function foreign(): StorageError {
  return new StorageError('this cursor does not belong to this query')
}
