import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'

interface Verdict {
  ok: boolean
  errors?: { path: string; message: string }[]
}

const KEPT_SCHEMAS = 50
const MESSAGE_CHARS = 300

const compiled = new Map<string, ValidateFunction>()

/** Verdicts for `{ schema, values }`. Throws when the schema is none. Compiled schemas are kept, the oldest let go. */
export function validateValues(text: string): Verdict[] {
  const { schema, values } = JSON.parse(text) as { schema: object; values: unknown[] }
  const validate = compile(schema)
  return values.map((value) => {
    if (validate(value)) return { ok: true }
    const errors = (validate.errors ?? []).slice(0, 10).map(({ instancePath, message = 'does not fit', params }) => ({
      path: instancePath.slice(0, MESSAGE_CHARS),
      message: `${message}${detailOf(params)}`.slice(0, MESSAGE_CHARS),
    }))
    return { ok: false, errors }
  })
}

function compile(schema: object): ValidateFunction {
  const key = JSON.stringify(schema)
  const known = compiled.get(key)
  if (known) return known
  const ajv = new Ajv({ strict: false, allErrors: false, validateFormats: true, addUsedSchema: false })
  addFormats.default(ajv)
  const validate = ajv.compile(schema)
  // Such a one answers every value with a promise, which is no verdict.
  if ('$async' in validate) throw new Error('a schema with $async is not supported')
  if (compiled.size >= KEPT_SCHEMAS) compiled.delete(compiled.keys().next().value as string)
  compiled.set(key, validate)
  return validate
}

/** Which property, or which values: what ajv knows beside its message. */
function detailOf(params: Record<string, unknown>): string {
  if (typeof params.additionalProperty === 'string') return `: ${params.additionalProperty}`
  return Array.isArray(params.allowedValues) ? `: ${params.allowedValues.join(', ')}` : ''
}
