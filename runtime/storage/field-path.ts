import type { Json, JsonObject } from '@annex/sdk/json'
import { StorageError } from './port.ts'

/**
 * The one gate for field names on their way into SQL text and MongoDB filters: no quote, no `$`, no empty step, and no step
 * that starts with a digit (MongoDB would read it as a place in an array).
 */
const PATH = /^[A-Za-z_][\w-]{0,63}(?:\.[A-Za-z_][\w-]{0,63}){0,7}$/

const known = new Map<string, readonly string[]>()

/** The steps of a dotted path. Throws `StorageError` when the path is not made of plain names. */
export function fieldSteps(path: string): readonly string[] {
  const cached = known.get(path)
  if (cached) return cached
  if (typeof path !== 'string' || !PATH.test(path) || path.split('.').includes('__proto__')) {
    throw new StorageError(`not a field name: ${JSON.stringify(path)?.slice(0, 80)}`)
  }
  const steps = path.split('.')
  if (known.size < 1000) known.set(path, steps)
  return steps
}

/** The value at a path, `undefined` when a step is missing or is no object. */
export function valueAt(document: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = document
  for (const step of fieldSteps(path)) {
    if (!isObject(value) || !Object.hasOwn(value, step)) return undefined
    value = value[step]
  }
  return value
}

/** The object that holds the last step of `path`; made on the way if `create`, else `undefined` when a step is missing. */
export function parentOf(document: JsonObject, path: string, create: boolean): JsonObject | undefined {
  let value = document
  for (const step of fieldSteps(path).slice(0, -1)) {
    let next = Object.hasOwn(value, step) ? value[step] : undefined
    if (next === undefined && create) {
      next = {}
      value[step] = next
    }
    if (!isObject(next)) {
      if (!create) return undefined
      throw new StorageError(`${path}: ${step} is not an object`)
    }
    value = next
  }
  return value
}

export function lastStep(path: string): string {
  const steps = fieldSteps(path)
  return steps[steps.length - 1] ?? path
}

/** Whether one path lies inside the other, or both are the same. */
export function overlaps(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`)
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
