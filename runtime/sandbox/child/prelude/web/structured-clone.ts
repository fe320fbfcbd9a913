import { apply, getPrototypeOf } from '../primordials.ts'
import { dictionary, isObject, needArguments } from './convert.ts'
import { domException } from './dom-exception.ts'

type Seen = Map<object, unknown>

/** Gives the memory of a buffer away. Taken before it is taken from the guest; what it makes cannot grow. */
const { transferToFixedLength } = ArrayBuffer.prototype as unknown as { transferToFixedLength: () => ArrayBuffer }
const ERRORS: Record<string, ErrorConstructor> = {
  ...{ __proto__: null as never, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError },
}

/** HTML, "structuredClone", for the values of the language; the web's own objects come out as plain ones. */
export function structuredCopy(...args: unknown[]): unknown {
  needArguments(args, 1, 'structuredClone')
  const moved = buffersToMove(dictionary(args[1], 'structuredClone').transfer)
  const seen: Seen = new Map()
  for (const buffer of moved) seen.set(buffer, buffer.slice())
  const result = copyOf(args[0], seen)
  for (const buffer of moved) apply(transferToFixedLength, buffer, [])
  return result
}

function buffersToMove(list: unknown): ArrayBuffer[] {
  if (list === undefined) return []
  if (!isObject(list)) throw new TypeError('transfer is a list')
  const buffers = [...(list as Iterable<unknown>)]
  if (!buffers.every((item) => item instanceof ArrayBuffer) || new Set(buffers).size < buffers.length) {
    throw domException('DataCloneError', 'Only different ArrayBuffers can be transferred')
  }
  return buffers
}

function copyOf(value: unknown, seen: Seen): unknown {
  if (typeof value === 'symbol' || typeof value === 'function') throw cannot(value)
  if (!isObject(value)) return value
  const known = seen.get(value)
  if (known !== undefined) return known
  const prototype = getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return copyMembers(value, {}, seen)
  if (Array.isArray(value)) return copyMembers(value, new Array(value.length), seen)
  return copySpecial(value, seen)
}

/** Own, enumerable and named by text; the copy is known before its members are, as they may lead back to it. */
function copyMembers(from: object, to: object, seen: Seen): object {
  seen.set(from, to)
  for (const key of Object.keys(from)) {
    const value = copyOf((from as Record<string, unknown>)[key], seen)
    Object.defineProperty(to, key, { value, writable: true, enumerable: true, configurable: true })
  }
  return to
}

function copySpecial(value: object, seen: Seen): unknown {
  if (value instanceof Date && isBranded(value, Date.prototype.getTime))
    return keep(seen, value, new Date(value.getTime()))
  if (value instanceof RegExp && isBranded(value, RegExp.prototype.exec))
    return keep(seen, value, new RegExp(value.source, value.flags))
  if (value instanceof Map && isBranded(value, Map.prototype.keys)) return copyMap(value, seen)
  if (value instanceof Set && isBranded(value, Set.prototype.keys)) return copySet(value, seen)
  if (value instanceof Error) return copyError(value, seen)
  if (value instanceof ArrayBuffer && isBranded(value, ArrayBuffer.prototype.slice))
    return keep(seen, value, value.slice())
  if (ArrayBuffer.isView(value)) return copyView(value, seen)
  for (const [owner, read] of BOXES) {
    if (value instanceof owner && isBranded(value, read)) return keep(seen, value, Object(apply(read, value, [])))
  }
  if (STATEFUL.some((owner) => value instanceof owner)) throw cannot(value)
  return copyMembers(value, {}, seen)
}

const BOXES: readonly [new (...args: never[]) => object, (...args: never[]) => unknown][] = [
  [Boolean, Boolean.prototype.valueOf],
  [Number, Number.prototype.valueOf],
  [String, String.prototype.valueOf],
  [BigInt as never, BigInt.prototype.valueOf],
]
/** What lives by more than its members. */
const STATEFUL = [Promise, WeakMap, WeakSet, WeakRef, FinalizationRegistry, Symbol as never]

/** Whether it is one, and does not only inherit from one. */
function isBranded(value: object, method: (...args: never[]) => unknown): boolean {
  try {
    apply(method, value, [])
    return true
  } catch {
    return false
  }
}

function keep<T>(seen: Seen, from: object, to: T): T {
  seen.set(from, to)
  return to
}

function copyMap(from: Map<unknown, unknown>, seen: Seen): Map<unknown, unknown> {
  const to = keep(seen, from, new Map())
  for (const [key, value] of [...from]) to.set(copyOf(key, seen), copyOf(value, seen))
  return to
}

function copySet(from: Set<unknown>, seen: Seen): Set<unknown> {
  const to = keep(seen, from, new Set())
  for (const value of [...from]) to.add(copyOf(value, seen))
  return to
}

function copyError(from: Error, seen: Seen): Error {
  const make = ERRORS[`${from.name}`] ?? Error
  const to = keep(seen, from, new make())
  for (const name of ['message', 'stack', 'cause'] as const) {
    if (!Object.hasOwn(from, name)) Reflect.deleteProperty(to, name)
    else Object.defineProperty(to, name, { value: copyOf(from[name], seen), writable: true, configurable: true })
  }
  return to
}

function copyView(from: ArrayBufferView, seen: Seen): unknown {
  const buffer = copyOf(from.buffer, seen)
  const make = viewClass(from)
  const length = from instanceof DataView ? from.byteLength : (from as Uint8Array).length
  return keep(seen, from, new make(buffer, from.byteOffset, length))
}

/** By what it is, and not by a `constructor` that it may have been given. */
function viewClass(view: ArrayBufferView): new (buffer: unknown, offset: number, length: number) => object {
  const name = view instanceof DataView ? 'DataView' : (apply(tagOf, view, []) as string)
  return (globalThis as unknown as Record<string, new (buffer: unknown, offset: number, length: number) => object>)[
    name
  ] as never
}

const tagOf = Object.getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
  ?.get as () => string

function cannot(value: unknown): Error {
  const what = isObject(value) ? Object.prototype.toString.call(value) : String(value)
  return domException('DataCloneError', `${what.slice(0, 100)} could not be cloned`)
}
