/**
 * The guest's clock stands still while a slice runs: it is the time that came with what the host delivered last. So a
 * recorded run meets the same time again, and nothing can be timed by it.
 */
import { native } from './native.ts'
import { apply, construct, defineProperty, getOwnPropertyDescriptor, hide, NumberOf } from './primordials.ts'

const OriginalDate = Date
const { parse, UTC } = Date
const { toString: dateText } = Date.prototype
const { bind } = Function.prototype
const WeakMapClass = WeakMap
const { get: weakGet, set: weakSet } = WeakMap.prototype

let known: number | undefined

/** Milliseconds since the Unix epoch. */
export function currentTime(): number {
  known ??= NumberOf(native('now', ''))
  return known
}

/** A new slice begins, maybe at another time. */
export function wakeClock(): void {
  known = undefined
}

/** Built when first looked at: a run that asks for no time pays two definitions. Nothing else leads to the originals. */
export function installClock(): void {
  lazily('Date', createDate)
  const originalIntl = Intl
  lazily('Intl', () => withStandingTime(originalIntl))
}

function createDate(): DateConstructor {
  function GuestDate(...args: unknown[]): unknown {
    if (!new.target) return apply(dateText, new OriginalDate(currentTime()), [])
    return construct(OriginalDate, args.length === 0 ? [currentTime()] : args, new.target)
  }
  // Bound, it shows native code like the original; `new` on it and on its subclasses passes the right target.
  const bound = apply(bind, GuestDate, [undefined]) as DateConstructor
  const { now } = { now: () => currentTime() }
  const fixed = { value: OriginalDate.prototype, writable: false, enumerable: false, configurable: false }
  define(GuestDate, 'prototype', fixed)
  define(bound, 'prototype', fixed)
  define(bound, 'length', { value: 7, writable: false, enumerable: false, configurable: true })
  define(bound, 'name', { value: 'Date', writable: false, enumerable: false, configurable: true })
  hide(bound, 'now', now)
  hide(bound, 'parse', parse)
  hide(bound, 'UTC', UTC)
  hide(OriginalDate.prototype, 'constructor', bound)
  return bound
}

type Formatting = (this: unknown, date?: unknown) => unknown

/** ECMA-402: `format` and `formatToParts` of no date mean now. */
function withStandingTime(intl: typeof Intl): typeof Intl {
  const { prototype } = intl.DateTimeFormat
  const getFormat = getOwnPropertyDescriptor(prototype, 'format')?.get as () => Formatting
  const formatToParts = prototype.formatToParts as Formatting
  const standing = new WeakMapClass<Formatting, Formatting>()
  const accessor = {
    get format(): Formatting {
      const original = apply(getFormat, this, []) as Formatting
      const made = apply(weakGet, standing, [original]) as Formatting | undefined
      if (made) return made
      const formatting: Formatting = (date) => apply(original, undefined, [date === undefined ? currentTime() : date])
      hide(formatting, 'name', '')
      apply(weakSet, standing, [original, formatting])
      return formatting
    },
    formatToParts(date?: unknown): unknown {
      return apply(formatToParts, this, [date === undefined ? currentTime() : date])
    },
  }
  const get = getOwnPropertyDescriptor(accessor, 'format')?.get
  define(prototype, 'format', { get, set: undefined, enumerable: false, configurable: true })
  hide(prototype, 'formatToParts', accessor.formatToParts)
  return intl
}

function lazily(name: string, create: () => unknown): void {
  define(globalThis, name, {
    get() {
      const value = create()
      hide(globalThis, name, value)
      return value
    },
    set: (value: unknown) => hide(globalThis, name, value),
    enumerable: false,
    configurable: true,
  })
}

/** The descriptor inherits nothing, as a guest may have put `get` on all objects. */
function define(target: object, name: PropertyKey, descriptor: object): void {
  defineProperty(target, name, { __proto__: null, ...descriptor } as never)
}
