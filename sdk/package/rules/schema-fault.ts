/** One place of an author's JSON Schema that no validator would take. */
export interface SchemaFault {
  /** JSON pointer from the schema's root. */
  pointer: string
  message: string
}

const TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']
const DEEPEST = 64

type Check = (value: unknown) => string | undefined

const object: Check = (value) => (isObject(value) ? undefined : 'it must be an object')
const list: Check = (value) => (Array.isArray(value) ? undefined : 'it must be a list')
const number: Check = (value) => (typeof value === 'number' ? undefined : 'it must be a number')
const count: Check = (value) => (Number.isInteger(value) && Number(value) >= 0 ? undefined : 'it must be a count')
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'it must be true or false')
const text: Check = (value) => (typeof value === 'string' ? undefined : 'it must be a text')
const names: Check = (value) =>
  Array.isArray(value) && value.every((name) => typeof name === 'string') && new Set(value).size === value.length
    ? undefined
    : 'it must be a list of names, each once'

/** What the keywords of draft 7 hold; others may hold anything. */
const KEYWORDS: Readonly<Record<string, Check>> = {
  type: (value) => {
    const types: unknown[] = Array.isArray(value) && value.length > 0 ? value : [value]
    return types.every((type) => TYPES.includes(String(type))) ? undefined : `it must be one of ${TYPES.join(', ')}`
  },
  ...{ properties: object, patternProperties: object, definitions: object, $defs: object },
  ...{ enum: list, required: names, uniqueItems: flag, format: text },
  ...{ minimum: number, maximum: number, exclusiveMinimum: number, exclusiveMaximum: number, multipleOf: number },
  ...{
    minLength: count,
    maxLength: count,
    minItems: count,
    maxItems: count,
    minProperties: count,
    maxProperties: count,
  },
  pattern: (value) => (typeof value === 'string' && isPattern(value) ? undefined : 'it must be a regular expression'),
  $ref: (value) => (typeof value === 'string' && value.startsWith('#') ? undefined : 'it must lead within the schema'),
  $async: () => 'it is not supported',
}

const ONE = ['not', 'contains', 'propertyNames', 'additionalProperties', 'additionalItems', 'if', 'then', 'else']
const MANY = ['allOf', 'anyOf', 'oneOf']
const NAMED = ['properties', 'patternProperties', 'definitions', '$defs']

/**
 * The first fault of a schema, in the order in which it is written. It is read and never compiled: a validator makes a program
 * of it, which has no place where packages are looked at.
 */
export function schemaFault(schema: unknown, pointer = '', depth = 0): SchemaFault | undefined {
  if (typeof schema === 'boolean') return undefined
  if (!isObject(schema)) return { pointer, message: 'it must be an object, true or false' }
  if (depth > DEEPEST) return { pointer, message: 'it is nested too deeply' }
  for (const [keyword, value] of Object.entries(schema)) {
    const at = `${pointer}/${escaped(keyword)}`
    const message = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword]?.(value) : undefined
    if (message) return { pointer: at, message }
    const fault = faultInside(keyword, value, at, depth + 1)
    if (fault) return fault
  }
  return undefined
}

function faultInside(keyword: string, value: unknown, at: string, depth: number): SchemaFault | undefined {
  if (MANY.includes(keyword) && !(Array.isArray(value) && value.length > 0))
    return { pointer: at, message: 'it must be a list of schemas' }
  if (ONE.includes(keyword) || (keyword === 'items' && !Array.isArray(value))) return schemaFault(value, at, depth)
  const inside =
    MANY.includes(keyword) || NAMED.includes(keyword) || keyword === 'items' ? Object.entries(value ?? {}) : []
  for (const [name, one] of inside) {
    const fault = schemaFault(one, `${at}/${escaped(name)}`, depth)
    if (fault) return fault
  }
  return undefined
}

function isPattern(value: string): boolean {
  try {
    new RegExp(value, 'u')
    return true
  } catch {
    return false
  }
}

/** RFC 6901. */
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
