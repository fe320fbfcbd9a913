/**
 * The language's own functions, taken before any guest code runs: whatever a guest does to prototypes later, the prelude
 * goes on working. Lists and maps here are never touched by a method that a guest could have replaced.
 */
export const { apply, construct, defineProperty, deleteProperty, getOwnPropertyDescriptor, ownKeys } = Reflect
export const { parse, stringify } = JSON
export const { freeze, create, hasOwn, setPrototypeOf, getPrototypeOf } = Object
export const TextOf = String
export const NumberOf = Number
export const PromiseClass = Promise
export const ErrorClass = Error
export const RangeErrorClass = RangeError
export const TypeErrorClass = TypeError
export const MapClass = Map

const { get, set, delete: remove } = Map.prototype
const { then } = Promise.prototype
const { slice } = String.prototype
const asyncIterator: typeof Symbol.asyncIterator = Symbol.asyncIterator
const iterator: typeof Symbol.iterator = Symbol.iterator

export const mapGet = <K, V>(map: Map<K, V>, key: K): V | undefined => apply(get, map, [key]) as V | undefined
export const mapSet = <K, V>(map: Map<K, V>, key: K, value: V): void => void apply(set, map, [key, value])
export const mapDelete = <K, V>(map: Map<K, V>, key: K): void => void apply(remove, map, [key])
export const cut = (text: string, length: number): string => apply(slice, text, [0, length]) as string
export const part = (text: string, from: number, to: number): string => apply(slice, text, [from, to]) as string

/** A property that no loop shows. The descriptor inherits nothing, as a guest may have put `get` on all objects. */
export function hide(target: object, name: PropertyKey, value: unknown): void {
  defineProperty(target, name, {
    __proto__: null,
    value,
    writable: true,
    configurable: true,
    enumerable: false,
  } as never)
}

export function whenSettled(
  value: unknown,
  fulfilled: (value: unknown) => void,
  rejected: (reason: unknown) => void,
): void {
  apply(then, new PromiseClass((resolve) => resolve(value)), [fulfilled, rejected])
}

/** The iterator of an async (or plain) generator, or `undefined` for any other value. */
export function iteratorOf(value: unknown): AsyncIterator<unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const iterable = value as Partial<AsyncIterable<unknown>> & Partial<Iterable<unknown>>
  const open =
    iterable[asyncIterator] ??
    (typeof (value as { next?: unknown }).next === 'function' ? iterable[iterator] : undefined)
  return typeof open === 'function' ? (apply(open, value, []) as AsyncIterator<unknown>) : undefined
}
