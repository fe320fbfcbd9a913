import type { Json, JsonObject } from '@annex/sdk/json'
import { checkIndexedValue, checkJson, checkSize } from './check-document.ts'
import { fieldSteps, isObject, lastStep, overlaps, parentOf, valueAt } from './field-path.ts'
import { indexShapes } from './index-shapes.ts'
import { type Collection, type Patch, StorageError, type Stored } from './port.ts'

/** A patch that the adapters may apply as it is. */
export interface CheckedPatch {
  set: readonly (readonly [path: string, value: Json])[]
  unset: readonly string[]
  inc: readonly (readonly [path: string, by: number])[]
  /** Of the values to set, as JSON. */
  bytes: number
}

/** Throws `StorageError` on names, values or overlaps that one of the engines would refuse or read in its own way. */
export function checkPatch(collection: Collection<Stored>, patch: Patch): CheckedPatch {
  const set = Object.entries(patch.set ?? {}).flatMap(([path, value]) => settable(collection, path, value))
  const unset = [...(patch.unset ?? [])]
  const inc = Object.entries(patch.inc ?? {})
  for (const [path, by] of inc) {
    if (typeof by !== 'number' || !Number.isFinite(by)) throw new StorageError(`${path}: inc takes a finite number`)
  }
  checkPaths(collection, [...set.map(([path]) => path), ...unset, ...inc.map(([path]) => path)])
  checkIndexedPaths(collection, set, unset)
  const text = JSON.stringify(set)
  checkSize(text, collection.name)
  return { set, unset, inc, bytes: text.length }
}

/** Changes `document` in place. Throws `StorageError` where a path leads through a scalar or `inc` meets no number. */
export function applyPatch(document: Stored & JsonObject, patch: CheckedPatch): void {
  for (const [path, value] of patch.set) {
    const parent = parentOf(document, path, true)
    if (parent) parent[lastStep(path)] = value
  }
  for (const path of patch.unset) {
    const parent = parentOf(document, path, false)
    if (parent) delete parent[lastStep(path)]
  }
  for (const [path, by] of patch.inc) increase(document, path, by)
  document.rev += 1
}

/** Adds to a number, an absent one being 0; returns the sum. */
export function increase(document: JsonObject, path: string, by: number): number {
  const parent = parentOf(document, path, true) ?? document
  const name = lastStep(path)
  const value = (Object.hasOwn(parent, name) ? parent[name] : undefined) ?? 0
  const wrong = parent[name] === null || typeof value !== 'number'
  if (wrong || !Number.isFinite(value + by)) throw new StorageError(`${path} is not a number that can be raised`)
  parent[name] = value + by
  return value + by
}

function settable(collection: Collection<Stored>, path: string, value: unknown): [string, Json][] {
  if (value === undefined) return []
  checkJson(value, `${collection.name}.${path}`, fieldSteps(path).length + 1)
  return [[path, value]]
}

function checkPaths(collection: Collection<Stored>, paths: readonly string[]): void {
  const kept = collection.scope === 'organization' ? ['_id', 'rev', 'organizationId'] : ['_id', 'rev']
  for (const [i, path] of paths.entries()) {
    fieldSteps(path)
    if (kept.some((name) => overlaps(name, path))) throw new StorageError(`${path} is the port's to set`)
    const other = paths.slice(0, i).find((earlier) => overlaps(earlier, path))
    if (other) throw new StorageError(`a patch names ${other} and ${path}`)
  }
}

/** What the server changes is not seen here, so an indexed field may only be given what an index can hold. */
function checkIndexedPaths(
  collection: Collection<Stored>,
  set: readonly (readonly [string, Json])[],
  unset: readonly string[],
): void {
  for (const shape of indexShapes(collection)) {
    for (const field of shape.fields) {
      for (const [path, value] of set) checkIndexedSet(collection, shape.unique, field, path, value)
    }
    const [first, ...others] = shape.fields
    const lost = others.find((field) => unset.some((path) => overlaps(path, field)))
    const freed = first !== undefined && unset.includes(first)
    if (shape.unique && lost && !freed) {
      throw new StorageError(`${collection.name}.${lost} is part of the unique ${shape.name}: it needs a value`)
    }
  }
}

function checkIndexedSet(
  collection: Collection<Stored>,
  unique: boolean,
  field: string,
  path: string,
  value: Json,
): void {
  if (!overlaps(field, path)) return
  if (path.length > field.length) throw new StorageError(`${collection.name}.${field} is indexed: it holds a scalar`)
  const inner = path === field ? value : isObject(value) ? valueAt(value, field.slice(path.length + 1)) : undefined
  checkIndexedValue(inner, field, collection.name)
  if (unique && inner === null) throw new StorageError(`${collection.name}.${field} is unique: unset it instead`)
}
