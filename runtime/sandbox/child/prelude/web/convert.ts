/** How Web IDL turns arguments into what an interface works with. */

/** `USVString`: lone surrogates become U+FFFD. Throws for symbols, as `String()` would not. */
export function usvString(value: unknown): string {
  return `${value}`.toWellFormed()
}

/** `ByteString`: one byte a character. */
export function byteString(value: unknown, what: string): string {
  const text = `${value}`
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 255) throw new TypeError(`${what} has a character above U+00FF`)
  }
  return text
}

export function needArguments(given: ArrayLike<unknown>, least: number, what: string): void {
  if (given.length < least) throw new TypeError(`${what} needs ${least} argument${least > 1 ? 's' : ''}`)
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** A dictionary: an object, or nothing. */
export function dictionary(value: unknown, what: string): Record<string, unknown> {
  if (value === undefined || value === null) return {}
  if (!isObject(value)) throw new TypeError(`${what} takes an object of options`)
  return value as Record<string, unknown>
}

/** A `BufferSource`: its bytes, without a copy; `undefined` for anything else. */
export function bytesOf(value: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength)
  }
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined
}

export function callable(value: unknown, what: string): (...args: unknown[]) => unknown {
  if (typeof value !== 'function') throw new TypeError(`${what} takes a function, and this is not a function`)
  return value as (...args: unknown[]) => unknown
}

/** Pairs of a `sequence` or a `record`, as `Headers` and `URLSearchParams` take them. */
export function pairsOf(init: object, what: string): [unknown, unknown][] {
  const iterator: unknown = (init as Partial<Iterable<unknown>>)[Symbol.iterator]
  if (iterator === undefined || iterator === null) return recordOf(init, what)
  if (typeof iterator !== 'function') throw new TypeError(`${what} takes pairs or an object`)
  const pairs: [unknown, unknown][] = []
  for (const entry of init as Iterable<unknown>) {
    const iterable = isObject(entry) && typeof (entry as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function'
    const pair = iterable ? [...(entry as Iterable<unknown>)] : []
    if (pair.length !== 2) throw new TypeError(`${what} takes pairs of a name and a value`)
    pairs.push(pair as [unknown, unknown])
  }
  return pairs
}

function recordOf(init: object, what: string): [unknown, unknown][] {
  const pairs: [unknown, unknown][] = []
  for (const key of Reflect.ownKeys(init)) {
    if (!Object.prototype.propertyIsEnumerable.call(init, key)) continue
    if (typeof key === 'symbol') throw new TypeError(`${what} takes no symbol as a name`)
    pairs.push([key, (init as Record<string, unknown>)[key]])
  }
  return pairs
}
