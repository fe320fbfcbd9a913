type Schema = Readonly<Record<string, unknown>>

const DEEPEST = 12

/** The TypeScript type of the values that a JSON Schema accepts, as text; `unknown` where the schema says too little. */
export function typeOfSchema(schema: unknown, depth = 0): string {
  if (!isObject(schema) || depth > DEEPEST) return 'unknown'
  if ('const' in schema) return literal(schema.const)
  if (Array.isArray(schema.enum)) return union(schema.enum.map(literal))
  const choices = schema.anyOf ?? schema.oneOf
  if (Array.isArray(choices)) return union(choices.map((choice) => typeOfSchema(choice, depth + 1)))
  if (Array.isArray(schema.type)) return union(schema.type.map((type) => typeOfSchema({ ...schema, type }, depth + 1)))
  return typeOfName(schema, depth)
}

function typeOfName(schema: Schema, depth: number): string {
  switch (schema.type) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return schema.type
    case 'integer':
      return 'number'
    case 'array':
      return `${bracket(typeOfSchema(schema.items, depth + 1))}[]`
    case 'object':
      return objectType(schema, depth)
    default:
      return 'unknown'
  }
}

function objectType(schema: Schema, depth: number): string {
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : []
  const required = Array.isArray(schema.required) ? schema.required : []
  const fields = properties.map(([name, value]) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)
    return `${key}${required.includes(name) ? '' : '?'}: ${typeOfSchema(value, depth + 1)}`
  })
  if (schema.additionalProperties !== false) fields.push('[key: string]: Json | undefined')
  return fields.length === 0 ? '{}' : `{ ${fields.join('; ')} }`
}

function literal(value: unknown): string {
  return ['string', 'number', 'boolean'].includes(typeof value) || value === null ? JSON.stringify(value) : 'unknown'
}

function union(types: readonly string[]): string {
  return types.length === 0 ? 'never' : [...new Set(types)].join(' | ')
}

function bracket(type: string): string {
  return type.includes('|') ? `(${type})` : type
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
