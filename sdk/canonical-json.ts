/**
 * One text for one value: keys in the order of their UTF-16 code units, no white space, numbers and strings as
 * ECMAScript writes them (RFC 8785). Members that are `undefined` are left out. What is not JSON throws a TypeError.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0)
}

/** Deeper values are refused instead of exhausting the stack. */
const MAX_DEPTH = 128

function write(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new TypeError(`the value is nested deeper than ${MAX_DEPTH}`)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return writeString(value)
  if (typeof value === 'number') return writeNumber(value)
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`
  if (typeof value === 'object') return writeObject(value as Record<string, unknown>, depth)
  throw new TypeError(`a ${typeof value} is not JSON`)
}

function writeObject(value: Record<string, unknown>, depth: number): string {
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${writeString(key)}:${write(value[key], depth + 1)}`)
  return `{${members.join(',')}}`
}

function writeString(value: string): string {
  // A lone surrogate has no UTF-8 form, so two different strings could get one digest.
  if (!value.isWellFormed()) throw new TypeError('a string holds a lone surrogate')
  return JSON.stringify(value)
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`${value} is not JSON`)
  return JSON.stringify(value)
}
