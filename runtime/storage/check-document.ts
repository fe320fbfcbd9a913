import type { Json, JsonObject } from '@annex/sdk/json'
import { valueAt } from './field-path.ts'
import { indexShapes } from './index-shapes.ts'
import { type Collection, StorageError, type Stored } from './port.ts'
import { storageLimits } from './storage-limits.ts'

/** A document as the engines keep it. */
export type Row = Stored & JsonObject

export interface CheckedDocument {
  row: Row
  /** The row as JSON text. */
  text: string
}

/** Throws `StorageError` unless the row is JSON within the bounds and fits the collection's indexes. */
export function checkDocument(collection: Collection<Stored>, row: Row): CheckedDocument {
  checkJson(row, collection.name)
  checkIndexed(collection, row)
  const text = JSON.stringify(row)
  checkSize(text, collection.name)
  return { row, text }
}

/** Refuses what JSON would change or lose in silence, and what one of the engines could not hold. */
export function checkJson(value: unknown, what: string, depth = 1): asserts value is Json {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw new StorageError(`${what}: a string is not well-formed Unicode`)
      return
    case 'number':
      if (!Number.isFinite(value)) throw new StorageError(`${what}: ${value} is not a JSON number`)
      return
    case 'boolean':
      return
    case 'object':
      if (value !== null) checkContainer(value, what, depth)
      return
    default:
      throw new StorageError(`${what}: ${typeof value} is not JSON`)
  }
}

export function checkSize(text: string, what: string, limit: number = storageLimits.documentBytes): void {
  if (text.length * 3 <= limit) return
  if (Buffer.byteLength(text) > limit) throw new StorageError(`${what}: larger than ${limit} bytes`)
}

/** Whether a string can be an `_id` at all. */
export function isId(id: unknown): id is string {
  if (typeof id !== 'string') throw new StorageError(`an _id is a string, not ${typeof id}`)
  return id.length >= 1 && id.length <= storageLimits.idCharacters && !id.includes('\0') && id.isWellFormed()
}

export function checkId(id: unknown): asserts id is string {
  if (!isId(id)) throw new StorageError(`an _id has 1 to ${storageLimits.idCharacters} characters, none of them NUL`)
}

/** What an index can hold: on MongoDB an array would be indexed element by element, on SQLite as its text. */
export function checkIndexedValue(value: Json | undefined, field: string, collection: string): void {
  if (typeof value === 'object' && value !== null) {
    throw new StorageError(`${collection}.${field} is indexed: it holds a scalar`)
  }
  if (typeof value === 'string' && value.length > storageLimits.indexedCharacters) {
    throw new StorageError(`${collection}.${field} is indexed: at most ${storageLimits.indexedCharacters} characters`)
  }
}

function checkContainer(value: object, what: string, depth: number): void {
  if (depth > storageLimits.depth) throw new StorageError(`${what}: deeper than ${storageLimits.depth}`)
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) checkJson(value[i], what, depth + 1)
    return
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new StorageError(`${what}: ${value.constructor?.name ?? 'an object'} is not JSON`)
  }
  const fields = value as Readonly<Record<string, unknown>>
  for (const key of Object.keys(fields)) {
    checkKey(key, what)
    const inner = fields[key]
    if (inner !== undefined) checkJson(inner, what, depth + 1)
  }
}

/** Most keys are plain, and there are many of them. */
const PLAIN_KEY = /^[A-Za-z]\w*$/

function checkKey(key: string, what: string): void {
  if (PLAIN_KEY.test(key)) return
  if (/[$.\0]/.test(key) || key === '__proto__' || !key.isWellFormed()) {
    throw new StorageError(`${what}: the key ${JSON.stringify(key.slice(0, 80))} cannot be stored`)
  }
}

function checkIndexed(collection: Collection<Stored>, row: JsonObject): void {
  for (const shape of indexShapes(collection)) {
    const [first] = shape.fields
    const held = shape.unique && first !== undefined && valueAt(row, first) !== undefined
    for (const field of shape.fields) {
      const value = valueAt(row, field)
      checkIndexedValue(value, field, collection.name)
      if (held && (value === undefined || value === null)) {
        throw new StorageError(`${collection.name}.${field} is part of the unique ${shape.name}: it needs a value`)
      }
    }
  }
}
