/** One place where a result is not as expected. */
export interface Difference {
  /** JSON pointer. */
  path: string
  /** As JSON; absent: nothing was expected there. */
  expected?: string
  /** As JSON; absent: there is nothing. */
  actual?: string
}

const MAX_DIFFERENCES = 20
const MAX_TEXT = 200

/** Where `actual` is not as `expected`, in order, the first twenty. Key order does not matter. */
export function differences(expected: unknown, actual: unknown): Difference[] {
  const found: Difference[] = []
  compare(expected, actual, '', found)
  return found
}

function compare(expected: unknown, actual: unknown, path: string, found: Difference[]): void {
  if (found.length >= MAX_DIFFERENCES || Object.is(expected, actual)) return
  const type = anyType(expected)
  if (matchesAny(expected, actual)) return
  const bothArrays = Array.isArray(expected) && Array.isArray(actual)
  if (type === undefined && (bothArrays || (isObject(expected) && isObject(actual)))) {
    const left = expected as Record<string, unknown>
    const right = actual as Record<string, unknown>
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      compare(left[key], right[key], `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, found)
    }
    return
  }
  found.push({
    path: path || '/',
    ...(expected !== undefined && { expected: shortJson(expected) }),
    ...(actual !== undefined && { actual: shortJson(actual) }),
  })
}

/** Whether `expected` is a `$any` of the type of `actual`. */
export function matchesAny(expected: unknown, actual: unknown): boolean {
  const type = anyType(expected)
  return type !== undefined && type === typeName(actual)
}

/** `{ "$any": "number" }` stands for whatever has that type: times and random ids are never the same twice. */
function anyType(expected: unknown): string | undefined {
  if (!isObject(expected)) return undefined
  const type = expected.$any
  return Object.keys(expected).length === 1 && typeof type === 'string' ? type : undefined
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shortJson(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined'
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text
}
